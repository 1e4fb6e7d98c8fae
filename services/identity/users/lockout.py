"""Who guesses passwords must wait: a second after five wrong ones, twice that after each more, 15 minutes at most.

Counted by the name as it was typed, whether there is such a user or not, so that the lock tells nobody which is which.
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from cloud.tables import Conflict, Item, Table
from services.identity.errors import not_authorized
from services.identity.tables import EXPIRES

FREE = 5
LONGEST = 900.0  # seconds
_KEPT = 3600.0  # seconds after which an old failure is forgotten


def pause(failures: int) -> float:
    """Seconds to wait after so many wrong passwords in a row."""
    return 0.0 if failures < FREE else min(LONGEST, 2.0 ** (failures - FREE))


class Lockout:
    """Wrong passwords, by pool and name."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def attempt(self, pool: str, name: str) -> AsyncIterator["Attempt"]:
        """One attempt; those at one name come one after the other. Raises NotAuthorizedException while it is locked."""
        identity = f"attempt/{pool}/{name}"
        turn = self._turns.setdefault(identity, asyncio.Lock())
        async with turn:
            item = await self._table.get({"Id": identity})
            if item and self._clock() < item["Until"]:
                raise not_authorized("Password attempts exceeded")
            yield Attempt(self._table, identity, item, self._clock())


class Attempt:
    """What is known about a name when somebody tries it."""

    def __init__(self, table: Table, identity: str, item: Item | None, now: float) -> None:
        self._table = table
        self._key = {"Id": identity}
        self._known = item is not None
        self._failures = item["Failures"] if item and now < item[EXPIRES] else 0
        self._now = now

    async def failed(self) -> None:
        """It was the wrong password."""
        failures = self._failures + 1
        until = self._now + pause(failures)
        item: Item = {"Failures": failures, "Until": until, EXPIRES: int(until + _KEPT)}
        try:
            if self._known:
                await self._table.update(self._key, item, {})
            else:
                await self._table.create({**self._key, **item})
        except Conflict:  # another replica has counted at the same time, or the item's time was over
            return

    async def succeeded(self) -> None:
        """It was the right one: earlier failures are forgotten."""
        if self._known:
            await self._table.delete(self._key)
