"""Does to a stack what a plan says."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from chaos.plan import PROXIED, Plan, Strike
from chaos.target import Target, Undo
from chaos.way import Way
from cloud import clients
from demo.match import Fault, Match
from demo.referee import STREAM

DOWN = (
    ValueError,
    OSError,
    AssertionError,
    subprocess.SubprocessError,
    psutil.NoSuchProcess,
    ClientError,
    BotoCoreError,
)
"""What is raised when a strike comes while the box, or the emulator, is down already."""


class Faults:
    """say: told of every strike when it happens, and of what it met."""

    def __init__(self, target: Target, way: Way, say: Callable[[str], None]) -> None:
        self.target = target
        self.way = way
        self.say = say
        self._latest: Strike | None = None
        self._lasting: dict[str, Callable[[Strike], Undo]] = {
            "stop": target.stop, "part": target.part, "clock": target.clock, "disk": target.disk,
        }  # fmt: skip
        self._sudden: dict[str, Callable[[Strike], None]] = {
            "kill": target.kill, "restart": target.restart, "reshard": lambda _: reshard(),
        }  # fmt: skip

    def of(self, plan: Plan) -> list[Fault]:
        """The plan as a match takes it."""
        return [Fault(strike.at, self._doing(strike)) for strike in plan.strikes]

    def _doing(self, strike: Strike) -> Callable[[Match], Awaitable[None]]:
        async def do(_match: Match) -> None:
            self.say(str(strike))
            try:
                await self._do(strike)
            except DOWN as error:
                self.say(f"  it met nobody: {' '.join(str(error).split())[:200]}")

        return do

    async def _do(self, strike: Strike) -> None:
        if strike.kind in PROXIED:
            await self._worsen(strike)
        elif strike.kind in self._lasting:
            undo = await asyncio.to_thread(self._lasting[strike.kind], strike)
            try:
                await asyncio.sleep(strike.seconds)
            finally:
                await asyncio.to_thread(undo)
        else:
            await asyncio.to_thread(self._sudden[strike.kind], strike)

    async def _worsen(self, strike: Strike) -> None:
        """The way does one thing at a time: a later strike takes over from an earlier one."""
        self._latest = strike
        await asyncio.to_thread(self.way.mode, strike.kind, strike.share)
        await asyncio.sleep(strike.seconds)
        if self._latest is strike:
            await asyncio.to_thread(self.way.mode, "pass")


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
