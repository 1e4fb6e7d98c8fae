"""The execution environments of one function: reused while they are good, more when all are busy, up to a cap.

Unlike Lambda, which refuses what goes beyond a function's concurrency, a call waits here for an environment that is
freed: a laptop has two cores, and a room of people who press a button at once should all be served. A function that is
soon done with one call is ready for the next one before a new environment would be: that takes half a second of a core
and 45 MB. So beyond the first few, which start at once, more are started only for calls that have waited for a while.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.worker.execution.concurrency import Throttled
from services.worker.execution.environment import Environment, Release
from services.worker.execution.runtime_api import Answer

AT_ONCE = 2  # environments that start as soon as there is a call for them
WHILE = 0.2  # seconds that a call waits before more are started: as many more as there are

Start = Callable[[Release], Awaitable[tuple[Environment, Answer | None]]]


class InitFailed(Exception):
    """The function's code could not be loaded.

    answer: what Lambda replies to the invocation; log: the end of what was printed.
    """

    def __init__(self, answer: Answer, log: bytes = b"") -> None:
        super().__init__(answer.payload)
        self.answer = answer
        self.log = log


class Pool:
    """start: starts an environment; cap: how many there may be; keep: seconds an unused one is kept."""

    def __init__(self, start: Start, cap: int, keep: float) -> None:
        self.start = start
        self.cap = cap
        self.keep = keep
        self._release: Release | None = None
        self._idle: list[Environment] = []
        self._busy = 0
        self._waiting: deque[asyncio.Future[Environment]] = deque()
        self._growing: asyncio.TimerHandle | None = None
        self._starting: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def environment(self, release: Release, patience: float) -> AsyncIterator[Environment]:
        """An environment of this release, the caller's alone for the block.

        Raises InitFailed, and TooManyRequestsException when none was free within patience seconds.
        """
        self._use(release)
        environment = await self._acquire(patience)
        try:
            yield environment
        finally:
            self._busy -= 1
            self._offer(environment)

    async def close(self) -> None:
        """End all environments, also those that are starting; busy ones end when they are given back."""
        self._release = None
        if self._growing:
            self._growing.cancel()
        for task in self._starting:
            task.cancel()
        for environment in self._idle:
            self._discard(environment)
        self._idle.clear()
        if tasks := self._starting | self._closing:
            await asyncio.wait(tasks)

    def _use(self, release: Release) -> None:
        if release != self._release:
            self._release = release
            stale, self._idle = self._idle, []
            for environment in stale:
                self._discard(environment)

    async def _acquire(self, patience: float) -> Environment:
        while self._idle:
            environment = self._idle.pop()
            if environment.alive:
                self._busy += 1
                return environment
            self._discard(environment)
        waiter: asyncio.Future[Environment] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grow()
        try:
            return await asyncio.wait_for(waiter, patience)
        except TimeoutError as error:
            if _came(waiter):
                return waiter.result()
            raise Throttled("ConcurrentInvocationLimitExceeded") from error
        except asyncio.CancelledError:
            if _came(waiter):
                self._busy -= 1
                self._offer(waiter.result())
            raise

    def _grow(self, most: int = AT_ONCE) -> None:
        """Start environments for those who wait, up to so many in all; look again later if that is too few."""
        there = len(self._starting) + len(self._idle) + self._busy
        while self._release and len(self._starting) < self._calls() and there < min(most, self.cap):
            task = asyncio.create_task(self._start(self._release))
            self._starting.add(task)
            task.add_done_callback(self._started)
            there += 1
        if self._calls() > len(self._starting) and there < self.cap and self._growing is None:
            oldest = next(waiter for waiter in self._waiting if not waiter.done())
            self._growing = asyncio.get_running_loop().call_later(WHILE, self._grow_on, oldest)

    def _grow_on(self, oldest: asyncio.Future[Environment]) -> None:
        """Double what there is if the oldest call of a while ago still waits: nothing was freed, and nothing starts."""
        self._growing = None
        stuck = not oldest.done() and not self._starting
        self._grow(max(AT_ONCE, 2 * (len(self._idle) + self._busy)) if stuck else AT_ONCE)

    def _calls(self) -> int:
        """How many wait."""
        return sum(not waiter.done() for waiter in self._waiting)

    def _started(self, task: "asyncio.Task[None]") -> None:
        self._starting.discard(task)
        self._grow()  # one that failed was the answer to one call, and others may wait

    async def _start(self, release: Release) -> None:
        try:
            environment, failure = await self.start(release)
        except Exception as error:  # whoever waits must hear of it, whatever it is
            if waiter := self._next_waiter():
                waiter.set_exception(error)
            return
        if failure is None:
            self._offer(environment)
        elif waiter := self._next_waiter():
            waiter.set_exception(InitFailed(failure, environment.printed()))

    def _offer(self, environment: Environment) -> None:
        if not environment.alive or environment.release != self._release:
            self._discard(environment)
            self._grow()
        elif waiter := self._next_waiter():
            self._busy += 1
            waiter.set_result(environment)
        else:
            self._idle.append(environment)
            asyncio.get_running_loop().call_later(self.keep, self._expire, environment, environment.served)

    def _expire(self, environment: Environment, served: int) -> None:
        if environment in self._idle and environment.served == served:
            self._idle.remove(environment)
            self._discard(environment)

    def _next_waiter(self) -> asyncio.Future[Environment] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _discard(self, environment: Environment) -> None:
        task = asyncio.create_task(environment.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _came(waiter: asyncio.Future[Environment]) -> bool:
    """Whether an environment came in the same moment in which the wait for it ended."""
    return waiter.done() and not waiter.cancelled() and not waiter.exception()
