"""What was read lately: good for a moment, unless it was changed meanwhile."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Remembers what was found, for so many seconds. Whoever changes something calls forget() once it is changed.

    load: reads it; None when there is none, which is not remembered. clock: seconds that do not go back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._found: dict[K, tuple[float, V]] = {}
        self._changes = 0

    async def get(self, key: K, load: Callable[[K], Awaitable[V | None]]) -> V | None:
        """What was found at most so many seconds ago."""
        known = self._found.get(key)
        if known and self._clock() - known[0] <= self._seconds:
            return known[1]
        return await self.fresh(key, load)

    async def fresh(self, key: K, load: Callable[[K], Awaitable[V | None]]) -> V | None:
        """What there is now. Something that changes while it is read is not remembered: it may be from before."""
        changes, begin = self._changes, self._clock()
        found = await load(key)
        if found is None:
            self._found.pop(key, None)
        elif changes == self._changes:
            self._found[key] = (begin, found)
        return found

    def forget(self, *keys: K) -> None:
        """These were changed."""
        self._changes += 1
        for key in keys:
            self._found.pop(key, None)

    def known(self) -> list[K]:
        """What is remembered."""
        return list(self._found)
