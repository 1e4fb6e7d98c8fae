"""Does to a stack what a plan says."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from chaos.plan import PROXIED, Plan, Strike
from chaos.way import Way
from cloud import clients
from demo.match import Fault, Match
from demo.referee import STREAM
from stack.apart import Stack


class Faults:
    """say: told of every strike when it happens, and of what it met."""

    def __init__(self, stack: Stack, way: Way, say: Callable[[str], None]) -> None:
        self.stack = stack
        self.way = way
        self.say = say
        self._latest: Strike | None = None

    def of(self, plan: Plan) -> list[Fault]:
        """The plan as a match takes it."""
        return [Fault(strike.at, self._doing(strike)) for strike in plan.strikes]

    def _doing(self, strike: Strike) -> Callable[[Match], Awaitable[None]]:
        async def do(_match: Match) -> None:
            self.say(str(strike))
            await self._do(strike)

        return do

    async def _do(self, strike: Strike) -> None:
        if strike.kind in PROXIED:
            await self._worsen(strike)
        elif strike.kind == "stop":
            await self._stop(strike)
        elif strike.kind == "reshard":
            await asyncio.to_thread(reshard)
        else:
            await self._end(strike)

    async def _worsen(self, strike: Strike) -> None:
        """The way does one thing at a time: a later strike takes over from an earlier one."""
        self._latest = strike
        await asyncio.to_thread(self.way.mode, strike.kind, strike.share)
        await asyncio.sleep(strike.seconds)
        if self._latest is strike:
            await asyncio.to_thread(self.way.mode, "pass")

    async def _stop(self, strike: Strike) -> None:
        """A box does nothing for a while, and does not know it."""
        with contextlib.suppress(ValueError, ProcessLookupError):  # it is down just now
            pid = await asyncio.to_thread(self.stack.pid, strike.box)
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(strike.seconds)
            finally:
                os.kill(pid, signal.SIGCONT)

    async def _end(self, strike: Strike) -> None:
        end = self.stack.kill if strike.kind == "kill" else self.stack.restart
        with contextlib.suppress(ValueError, ProcessLookupError, AssertionError):  # it is down just now
            await asyncio.to_thread(end, strike.box)


def reshard() -> None:
    """Split the widest open shard; where there are four already, merge the two narrowest neighbours.

    Another strike may hold the emulator just then; what it does not do is no fault of the stack's.
    """
    kinesis = clients.client("kinesis", retries=6)
    shards = sorted(_open(kinesis), key=_start)
    if len(shards) < 4:
        widest = max(shards, key=_width)
        middle = str(_start(widest) + _width(widest) // 2)
        kinesis.split_shard(StreamName=STREAM, ShardToSplit=widest["ShardId"], NewStartingHashKey=middle)
        return
    left, right = min(pairwise(shards), key=lambda pair: _width(pair[0]) + _width(pair[1]))
    kinesis.merge_shards(StreamName=STREAM, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])


def _open(kinesis: Any) -> list[dict[str, Any]]:
    shards: list[dict[str, Any]] = kinesis.list_shards(StreamName=STREAM)["Shards"]
    return [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]


def _start(shard: dict[str, Any]) -> int:
    return int(shard["HashKeyRange"]["StartingHashKey"])


def _width(shard: dict[str, Any]) -> int:
    return int(shard["HashKeyRange"]["EndingHashKey"]) - _start(shard) + 1
