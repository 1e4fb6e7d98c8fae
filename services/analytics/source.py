"""The source: all shards of a stream, each after its parents, from where the application's state says."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloud import shards
from cloud.errors import Unavailable
from cloud.shards import Position, Shard, ShardReader
from services.analytics.program import Table
from services.analytics.state import ShardState, State

PAGE = 2000  # records of one read


@dataclass(frozen=True, slots=True)
class Record:
    """As cloud.shards.Arrived has it, with its bytes."""

    sequence: str
    arrival: float
    data: bytes


@dataclass(frozen=True)
class Read:
    """What one round gave, by shard. behind: there is more now."""

    pages: dict[str, tuple[Record, ...]]
    behind: bool
    moved: bool


class Source:
    """Of one application. state: its positions are moved on as records are read."""

    def __init__(self, kinesis: Any, table: Table, arn: str, state: State) -> None:
        self.kinesis = kinesis
        self.table = table
        self.arn = arn
        self.state = state
        self._readers: dict[str, ShardReader[Record]] = {}
        self._heard: dict[str, float] = {}
        self._idle_after = idle_timeout(table)

    async def open(self) -> None:
        """Look at the stream and its shards. Raises Unavailable when there is none."""
        created = await shards.created(self.kinesis, self.arn)
        if created is None:
            raise Unavailable(f"there is no stream {self.arn}")
        is_another = bool(self.state.created) and created != self.state.created
        first = self.state.created == 0
        if is_another:
            self.state.shards.clear()
        self.state.created = created
        await self._list(from_start=not first)

    async def read(self) -> Read:
        """The next records of all shards that can be read."""
        names = list(self._runnable())
        pages = await asyncio.gather(*(self._reader(name).read(PAGE) for name in names))
        moved = ended = False
        for name, page in zip(names, pages, strict=True):
            shard, reader = self.state.shards[name], self._readers[name]
            moved = moved or bool(page.records) or page.ended
            shard.after, shard.timestamp = reader.position.after, reader.position.timestamp
            if page.records:
                self._heard[name] = time.monotonic()
            if page.ended:
                shard.ended = ended = True
                del self._readers[name]
        if ended:
            await self._list(from_start=True)
        records = {name: page.records for name, page in zip(names, pages, strict=True) if page.records}
        return Read(records, any(page.behind for page in pages), moved)

    def watermark(self) -> int:
        """Epoch ms before which, as far as the newest rows tell, nothing will come any more."""
        running = list(self._runnable())
        awake = [name for name in running if not self._is_idle(name)]
        newest = [self.state.shards[name].newest for name in awake]
        if not newest:
            newest = [max((shard.newest for shard in self.state.shards.values()), default=-1)]
        return max(min(newest) - int(self.table.lateness * 1000), 0)

    def _is_idle(self, name: str) -> bool:
        heard = self._heard.setdefault(name, time.monotonic())
        return self._idle_after > 0 and time.monotonic() - heard > self._idle_after

    async def _list(self, *, from_start: bool) -> None:
        """Know of new shards, forget those that the stream forgot. from_start: read new ones from their start."""
        found = {shard.shard_id: shard for shard in await shards.listed(self.kinesis, self.arn)}
        for name in [name for name, shard in self.state.shards.items() if shard.ended and name not in found]:
            del self.state.shards[name]
        for name, shard in found.items():
            if name not in self.state.shards:
                self.state.shards[name] = self._begin(shard, found, from_start)

    def _begin(self, shard: Shard, found: dict[str, Shard], from_start: bool) -> ShardState:
        parents = [name for name in shard.parents if name in found]
        newest = min((self.state.shards[name].newest for name in parents if name in self.state.shards), default=-1)
        position = Position("TRIM_HORIZON") if from_start else self._initial(shard)
        return ShardState(position.after, position.timestamp, parents, ended=position.after == "", newest=newest)

    def _initial(self, shard: Shard) -> Position:
        """Where a new application begins; LATEST leaves out what is closed."""
        where = initial_position(self.table)
        if where.after != "LATEST":
            return where
        return Position("") if shard.closed else shards.tip(time.time())

    def _runnable(self) -> Iterator[str]:
        for name, shard in self.state.shards.items():
            unfinished = any(
                parent in self.state.shards and not self.state.shards[parent].ended for parent in shard.parents
            )
            if not shard.ended and not unfinished:
                yield name

    def _reader(self, name: str) -> ShardReader[Record]:
        if name not in self._readers:
            shard = self.state.shards[name]
            self._readers[name] = ShardReader(
                self.kinesis,
                self.arn,
                name,
                stream_created=self.state.created,
                position=Position(shard.after, shard.timestamp),
                make=_record,
            )
        return self._readers[name]


def initial_position(table: Table) -> Position:
    """scan.stream.initpos as a position; LATEST stays a word. Raises ValueError for a timestamp that is none."""
    options = table.options
    word = options.get("scan.stream.initpos") or options.get("source.init.position") or "LATEST"
    if word != "AT_TIMESTAMP":
        return Position(word)
    text = options.get("scan.stream.initpos-timestamp", "")
    moment = datetime.fromisoformat(text.replace(" ", "T", 1) if "T" not in text else text)
    return Position(word, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def idle_timeout(table: Table) -> float:
    """Seconds after which a silent shard is not waited for any more; 0 for never, as in Flink. Raises ValueError."""
    text = table.options.get("scan.watermark.idle-timeout", "0").lower().replace(" ", "")
    for unit, seconds in (("ms", 0.001), ("min", 60.0), ("s", 1.0), ("h", 3600.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * seconds
    return float(text)


def _record(raw: dict[str, Any]) -> Record:
    return Record(raw["SequenceNumber"], round(raw["ApproximateArrivalTimestamp"].timestamp(), 3), raw["Data"])
