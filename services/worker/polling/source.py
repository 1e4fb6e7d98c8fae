"""What the pollers know of a stream, whichever service has it: shards, positions in them, and a reader of one.

A queue is presented as a stream of as many shards as it has pollers, so that replicas share them by the same leases.
"""

from typing import Protocol

from cloud import shards
from cloud.shards import Position, Shard, StreamGone
from services.worker.polling.record import Record

__all__ = ["Listed", "Page", "Position", "Reader", "Shard", "Source", "StreamGone"]

Page = shards.Page[Record]


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
