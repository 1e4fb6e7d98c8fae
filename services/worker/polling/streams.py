"""All event sources: whatever a mapping reads, it is asked for here by its ARN."""

import asyncio
from collections.abc import Iterable, Mapping

from services.worker.mappings.sources import Kind, kind_of
from services.worker.polling.source import Position, Reader, Shard, Source


class Streams:
    """Speaks for the source of every kind. Methods as in Source."""

    def __init__(self, sources: Mapping[Kind, Source]) -> None:
        self.sources = sources

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""
        return await self._source(arn).created(arn)

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        return await self._source(arn).shards(arn)

    async def tips(self, arn: str, shards: Iterable[Shard], now: float) -> dict[str, Position]:
        """By shard that is open: where LATEST is at this moment (epoch seconds)."""
        source, still_open = self._source(arn), [shard for shard in shards if not shard.closed]
        positions = await asyncio.gather(*(source.tip(arn, shard, now) for shard in still_open))
        return {shard.shard_id: position for shard, position in zip(still_open, positions, strict=True)}

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> Reader:
        """A reader of one shard."""
        return self._source(arn).reader(arn, shard, created, position, identity)

    def _source(self, arn: str) -> Source:
        kind = kind_of(arn)
        assert kind, arn  # mappings of anything else are refused
        return self.sources[kind]
