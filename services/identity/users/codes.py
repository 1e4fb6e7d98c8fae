"""Codes that reach somebody by mail: six digits that can be used once, for a while, after a few wrong guesses no more.

Only a keyed digest of a code is stored.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from weakref import WeakValueDictionary

from cloud.tables import Conflict, Item, Table
from services.identity.errors import code_expired, code_mismatch, limit_exceeded
from services.identity.secrets.vault import Vault
from services.identity.tables import EXPIRES
from services.identity.users.user import User

DAY, HOUR = 86400.0, 3600.0  # seconds
LIFETIMES = {"signup": DAY, "password": HOUR, "email": DAY, "phone_number": DAY}
"""Purpose -> how long its code can be used."""
GUESSES = 5
SENDINGS = 10
"""Codes for one purpose that a user is sent within an hour."""


class Codes:
    """All codes that are out."""

    def __init__(self, table: Table, vault: Vault, clock: Callable[[], float]) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def issue(self, user: User, purpose: str, address: str = "") -> str:
        """A new code; the one before it is no longer good. Raises LimitExceededException.

        address: what the code is to prove, "" for none; it is good for no other.
        """
        now, key = self._clock(), _key(user, purpose)
        known = await self._table.get(key) or {}
        fresh = now - known.get("Window", 0) > HOUR
        sent = 0 if fresh else known["Sent"]
        if sent >= SENDINGS:
            raise limit_exceeded()
        code = f"{secrets.randbelow(1_000_000):06d}"
        until = now + LIFETIMES[purpose]
        item: Item = {
            "Digest": self._digest(user, purpose, code, address),
            "Until": until,
            "Guesses": 0,
            "Sent": sent + 1,
            "Window": now if fresh else known["Window"],
            EXPIRES: int(until + HOUR),
        }
        if not known:
            try:
                await self._table.create({**key, **item})
                return code
            except Conflict:  # two at once: both codes were sent, the later one counts
                pass
        await self._table.update(key, item, {})
        return code

    async def check(self, user: User, purpose: str, code: str, address: str = "") -> None:
        """Raise CodeMismatchException, ExpiredCodeException or LimitExceededException for anything but the code.

        Guesses at one code come one after the other, or all that are made at once would be looked at.
        """
        turn = self._turns.setdefault(_key(user, purpose)["Id"], asyncio.Lock())
        async with turn:
            await self._check(user, purpose, code, address)

    async def _check(self, user: User, purpose: str, code: str, address: str) -> None:
        item = await self._table.get(_key(user, purpose))
        if not item or "Digest" not in item or self._clock() > item["Until"]:
            raise code_expired()
        if item["Guesses"] >= GUESSES:
            raise limit_exceeded()
        if not hmac.compare_digest(item["Digest"], self._digest(user, purpose, code, address)):
            await self._count_guess(item)
            raise code_mismatch()

    async def spend(self, user: User, purpose: str, code: str, address: str = "") -> None:
        """Use a code up. Raises ExpiredCodeException when somebody else was faster."""
        digest = self._digest(user, purpose, code, address)
        try:
            await self._table.update(_key(user, purpose), {"Guesses": 0}, {"Digest": digest}, ["Digest"])
        except Conflict as error:
            raise code_expired() from error

    async def _count_guess(self, item: Item) -> None:
        """Guesses that come at the same time are all counted."""
        while True:
            try:
                guesses = {"Guesses": item["Guesses"]}
                await self._table.update({"Id": item["Id"]}, {"Guesses": item["Guesses"] + 1}, guesses)
                return
            except Conflict:
                found = await self._table.get({"Id": item["Id"]})
                if found is None:
                    return
                item = found

    def _digest(self, user: User, purpose: str, code: str, address: str) -> bytes:
        return self._vault.digest("code", user.pool, user.key, purpose, code, address)


def _key(user: User, purpose: str) -> dict[str, str]:
    return {"Id": f"code/{user.pool}/{user.sub}/{purpose}"}
