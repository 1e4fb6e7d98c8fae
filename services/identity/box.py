"""What the operations work with: passed to every one of them."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.identity.pools.registry import Pools
from services.identity.secrets.passwords import Hasher
from services.identity.secrets.vault import Vault
from services.identity.triggers.trigger import Triggers
from services.identity.users.codes import Codes
from services.identity.users.directory import Users
from services.identity.users.lockout import Lockout

if TYPE_CHECKING:
    from services.identity.identities.store import Identities
    from services.identity.mail.post import Post
    from services.identity.signin.sessions import Sessions

Asked = Mapping[str, Any]
"""An operation's request."""
Answer = dict[str, Any]
"""An operation's answer."""


@dataclass(frozen=True)
class Box:
    """The parts of the box. clock: seconds since 1970. url: the box's address as a browser reaches it.

    executor: threads for what keeps a processor busy. sts: boto3's client, for identity pools.
    """

    region: str
    account: str
    url: str
    clock: Callable[[], float]
    vault: Vault
    executor: Executor
    hasher: Hasher
    pools: Pools
    users: Users
    codes: Codes
    lockout: Lockout
    sessions: "Sessions"
    triggers: Triggers
    post: "Post"
    identities: "Identities"
    sts: Any
    shortest_token: float = 300.0
    """The shortest validity, in seconds, that an app client may give its tokens."""
