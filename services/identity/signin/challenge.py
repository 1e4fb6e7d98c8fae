"""A challenge's Session: what the box must remember between two steps, in the client's hands, sealed.

So any replica can take the next step. Each is good once, for as long as the app client says.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any

from services.identity.box import Box
from services.identity.errors import invalid_session
from services.identity.pools.pool import Settings
from services.identity.secrets.vault import Sealed

_MINUTES = 3


def issue(box: Box, client: Settings, state: Mapping[str, Any]) -> str:
    """A Session that holds the state; it is bound to the app client."""
    until = box.clock() + 60 * float(client.get("AuthSessionValidity") or _MINUTES)
    content = {**state, "client": client["ClientId"], "until": until, "once": secrets.token_hex(12)}
    return base64.b64encode(box.vault.seal("session", content)).decode()


def read(box: Box, client: Settings, session: str | None, *challenges: str) -> dict[str, Any]:
    """The state. challenges: the names of those that it may be for. Raises NotAuthorizedException."""
    content = _opened(box, session)
    if content["client"] != client["ClientId"] or content["challenge"] not in challenges:
        raise invalid_session()
    if box.clock() > content["until"]:
        raise invalid_session()
    return content


async def spend(box: Box, content: Mapping[str, Any]) -> None:
    """Use a Session up. Raises NotAuthorizedException when it was used before."""
    if not await box.sessions.once(content["once"], content["until"]):
        raise invalid_session()


def client_of(box: Box, session: str | None) -> str:
    """The id of the app client that a Session is bound to. Raises NotAuthorizedException."""
    return str(_opened(box, session)["client"])


def _opened(box: Box, session: str | None) -> dict[str, Any]:
    try:
        content: dict[str, Any] = box.vault.open("session", base64.b64decode(session or "", validate=True))
    except (Sealed, binascii.Error, ValueError) as error:
        raise invalid_session() from error
    return content
