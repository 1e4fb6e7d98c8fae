"""What the pollers know of a stream, whichever service has it: shards, positions in them, and a reader of one.

A queue is presented as a stream of as many shards as it has pollers, so that replicas share them by the same leases.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from cloud.errors import FogbankError
from services.worker.polling.record import Record


class StreamGone(FogbankError):
    """The stream does not exist, or another one bears its name now."""


@dataclass(frozen=True)
class Shard:
    """parents: none, one (after a split) or two (after a merge); closed: it takes no more records.

    keys: the first and the last hash key that it holds.
    """

    shard_id: str
    parents: tuple[str, ...] = ()
    closed: bool = False
    keys: tuple[int, int] = (0, 2**128 - 1)


@dataclass(frozen=True)
class Position:
    """Where to start: "TRIM_HORIZON", "AT_TIMESTAMP" (epoch seconds), or a sequence number, which is already done."""

    after: str
    timestamp: float = 0.0

    def arguments(self) -> dict[str, Any]:
        """As Kinesis' GetShardIterator takes it."""
        if self.after == "AT_TIMESTAMP":
            stamp = datetime.fromtimestamp(self.timestamp, UTC)
            return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": stamp}
        if self.after == "TRIM_HORIZON":
            return {"ShardIteratorType": "TRIM_HORIZON"}
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.after}


@dataclass(frozen=True)
class Page:
    """What one read gave. behind: there is more to read now; ended: the shard is closed and read to its end."""

    records: tuple[Record, ...]
    behind: bool = False
    ended: bool = False


class Reader(Protocol):
    """Reads one shard on and on. position: how far it has read; ended: it has read all that will ever be."""

    @property
    def position(self) -> Position: ...

    @property
    def ended(self) -> bool: ...

    async def read(self, limit: int) -> Page:
        """The next records, at most limit. StreamGone, or botocore's errors, after which reading can go on."""

    def close(self) -> None:
        """No more will be read."""


class Listed(Protocol):
    """One kind of event source. Methods raise botocore's errors."""

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""


class Source(Listed, Protocol):
    """One kind of stream."""

    async def tip(self, arn: str, shard: Shard, now: float) -> Position:
        """LATEST, as a position that stays where it is. now: epoch seconds."""

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> Reader:
        """A reader of one shard; created: which stream of that name is meant; identity: the function's role's ARN."""
