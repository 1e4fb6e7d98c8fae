"""Sessions: what a sign-in begins and a refresh token continues, until its time is over or somebody ends it.

Only digests of refresh tokens are stored. A session's id is the origin_jti of all tokens that come from it.
"""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloud.errors import AwsError
from cloud.tables import Conflict, Item, Table
from services.identity.errors import not_authorized
from services.identity.tables import EXPIRES
from services.identity.users.user import User

_REMEMBERED = 5  # rotated-out refresh tokens of a session that are still told from invalid ones
_ID = re.compile(r"[0-9a-f-]{36}")
_INVALID = "Invalid Refresh Token"


@dataclass(frozen=True)
class Session:
    """A session as it is stored. began: second of the sign-in, with its fraction."""

    id: str
    pool: str
    client: str
    user: str
    event: str
    began: float
    until: float
    scope: str

    @property
    def auth_time(self) -> int:
        """As in tokens."""
        return int(self.began)


class Sessions:
    """All sessions, and what may be used once only: challenges, authorization codes."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock

    async def begin(self, user: User, client_id: str, validity: float, scope: str) -> tuple[Session, str]:
        """A new session and its refresh token. validity: seconds."""
        now = self._clock()
        session = Session(
            str(uuid.uuid4()), user.pool, client_id, user.key, str(uuid.uuid4()), now, now + validity, scope
        )
        secret = secrets.token_urlsafe(48)
        await self._table.create(
            {
                "Id": session.id,
                "Pool": session.pool,
                "Client": session.client,
                "User": session.user,
                "Event": session.event,
                "Began": session.began,
                "Until": session.until,
                "Scope": scope,
                "Secrets": [{"Digest": _digest(secret), "Until": None}],
                EXPIRES: int(session.until),
            }
        )
        return session, f"{session.id}.{secret}"

    async def of_refresh_token(self, token: str, client_id: str) -> Session:
        """The session that a refresh token continues. Raises NotAuthorizedException, RefreshTokenReuseException."""
        identity, _, secret = token.partition(".")
        item = await self._table.get({"Id": identity}) if secret and _ID.fullmatch(identity) else None
        return _session(self._continued(item, secret, client_id))

    async def rotate(self, session: Session, token: str, grace: float) -> str:
        """The next refresh token; the one before stays good for grace seconds. Raises as of_refresh_token does.

        Of two who use a token at once, each gets one of its own if the grace period allows it, else one of them.
        """
        given = token.partition(".")[2]
        secret, old = secrets.token_urlsafe(48), _digest(given)
        while True:
            item = self._continued(await self._table.get({"Id": session.id}), given, session.client)
            kept = [self._ended(one, old, grace) for one in item["Secrets"]][-_REMEMBERED:]
            changed = [*kept, {"Digest": _digest(secret), "Until": None}]
            try:
                await self._table.update({"Id": session.id}, {"Secrets": changed}, {"Secrets": item["Secrets"]})
                return f"{session.id}.{secret}"
            except Conflict:  # the other one was faster
                continue

    async def revoke(self, session: Session) -> None:
        """End a session: its refresh token and all tokens that came from it."""
        await self._table.update({"Id": session.id}, {"Revoked": True}, {})

    async def is_over(self, identity: str, user: User) -> bool:
        """Whether tokens of this session count no longer."""
        item = await self._table.get({"Id": identity})
        return item is None or bool(item.get("Revoked")) or item["Began"] < user.signed_out

    async def once(self, identity: str, until: float) -> bool:
        """Whether this is the first time that something is used; until: the second after which it is of no use."""
        try:
            await self._table.create({"Id": f"used/{identity}", EXPIRES: int(until) + 1})
        except Conflict:
            return False
        return True

    def _continued(self, item: Item | None, secret: str, client_id: str) -> Item:
        found = _find(item, secret) if item else None
        if item is None or found is None or item["Client"] != client_id:
            raise not_authorized(_INVALID)
        if item.get("Revoked"):
            raise not_authorized("Refresh Token has been revoked")
        now = self._clock()
        if now >= item["Until"]:
            raise not_authorized("Refresh Token has expired")
        if found["Until"] is not None and now >= found["Until"]:
            raise AwsError("RefreshTokenReuseException", "Refresh token has been invalidated by rotation")
        return item

    def _ended(self, one: Item, old: bytes, grace: float) -> Item:
        rotated = one["Digest"] == old and one["Until"] is None
        return {**one, "Until": self._clock() + grace} if rotated else one


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _find(item: Item, secret: str) -> dict[str, Any] | None:
    digest = _digest(secret)
    return next((one for one in item.get("Secrets", ()) if hmac.compare_digest(one["Digest"], digest)), None)


def _session(item: Item) -> Session:
    names = ("Id", "Pool", "Client", "User", "Event", "Began", "Until", "Scope")
    return Session(*(item[name] for name in names))
