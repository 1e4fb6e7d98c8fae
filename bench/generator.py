"""The HTTP load generator: a process of its own, `python -m bench.generator < load.json`, so that it shares no core's
time slice with what measures, and its own cost can be told.

It speaks over the demo's connections: raw sockets and httptools, some 30 microseconds of CPU a request.
"""

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import cycle

import orjson
import uvloop

from bench.load import answer, finish, start
from bench.schedule import Schedule
from demo.connections import Connections


@dataclass(frozen=True)
class Load:
    """What is sent where. requests: whole HTTP requests, one after the other and over again.

    connections: so many callers, each of whom sends when the last answer is there (a closed loop); 0: rate requests a
    second whatever is answered (an open loop). seconds: of measuring; warm_up: seconds before that.
    """

    address: str
    requests: list[str]
    seconds: float
    warm_up: float = 0.0
    connections: int = 0
    rate: float = 0.0


@dataclass
class Outcome:
    """What came back while it was measured. Latencies in ms: in an open loop from when each request was due.

    cpu: the generator's share of a core; late: the worst delay in ms with which it sent a request.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    cpu: float = 0.0
    late: float = 0.0

    @property
    def good(self) -> int:
        """Answers with 200."""
        return self.statuses.get("200", 0)

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return self.good / self.seconds if self.seconds else 0.0


class Generator:
    """One load on its way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._connections = Connections(load.address)
        self._requests = cycle([request.encode() for request in load.requests])
        self._statuses: Counter[str] = Counter()
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        """Send all of it."""
        self._start = time.perf_counter()
        clock = asyncio.create_task(self._measure_cpu())
        try:
            await (self._closed() if self._load.connections else self._open())
            await clock
        finally:
            self._connections.close()
        self._outcome.seconds, self._outcome.statuses = self._load.seconds, dict(self._statuses)
        return self._outcome

    def _now(self) -> float:
        return time.perf_counter() - self._start

    async def _measure_cpu(self) -> None:
        await asyncio.sleep(self._load.warm_up)
        used = _cpu()
        await asyncio.sleep(self._load.seconds)
        self._outcome.cpu = (_cpu() - used) / self._load.seconds

    async def _closed(self) -> None:
        await asyncio.gather(*(self._caller() for _ in range(self._load.connections)))

    async def _caller(self) -> None:
        begin, end = self._load.warm_up, self._load.warm_up + self._load.seconds
        while (due := self._now()) < end:
            status = await self._ask()
            if begin <= self._now() < end:
                self._note(status, due)

    async def _open(self) -> None:
        tasks = set()
        for moment, counts in Schedule(self._load.rate, self._load.seconds, self._load.warm_up).moments():
            if (wait := moment - self._now()) > 0:
                await asyncio.sleep(wait)
            if counts:
                self._outcome.late = max(self._outcome.late, 1000 * (self._now() - moment))
            task = asyncio.create_task(self._one(moment, counts))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _one(self, due: float, counts: bool) -> None:
        status = await self._ask()
        if counts:
            self._note(status, due)

    async def _ask(self) -> str:
        try:
            status, _ = await self._connections.ask(next(self._requests))
        except OSError:
            return "no answer"
        return str(status)

    def _note(self, status: str, due: float) -> None:
        self._statuses[status] += 1
        self._outcome.latencies.append(1000 * (self._now() - due))


def send(load: Load) -> Outcome:
    """Send a load from a process of its own, and wait for its end. Raises GeneratorFailed."""
    return Outcome(**finish(start("bench.generator", asdict(load)), load.seconds + load.warm_up))


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def main() -> None:
    """Read a Load from standard input, write its Outcome to standard output."""
    load = Load(**orjson.loads(sys.stdin.buffer.read()))
    answer(asdict(uvloop.run(Generator(load).run())))


if __name__ == "__main__":
    main()
