"""All event sources: whatever a mapping reads, it is asked for here by its ARN."""

import asyncio
from collections.abc import Iterable, Mapping

from services.worker.mappings.sources import Kind, kind_of
from services.worker.polling.queues import Queues
from services.worker.polling.source import Listed, Position, Reader, Shard, Source


class Streams:
    """Speaks for the source of every kind. Methods raise botocore's errors."""

    def __init__(self, sources: Mapping[Kind, Source], queues: Queues) -> None:
        self.sources = sources
        self.queues = queues

    async def obstacle(self, arn: str, timeout: int) -> str:
        """Why nothing can be mapped to this source, as Lambda words it; empty when it can.

        timeout: the function's, in seconds.
        """
        if kind_of(arn) is not Kind.SQS:
            return f"Stream not found: {arn}" if await self.created(arn) is None else ""
        visibility = await self.queues.visibility(arn)
        if visibility is None:
            return (
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist."
            )
        if visibility < timeout:
            return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
        return ""

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""
        return await self._listed(arn).created(arn)

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        return await self._listed(arn).shards(arn)

    async def tips(self, arn: str, shards: Iterable[Shard], now: float) -> dict[str, Position]:
        """By shard that is open: where LATEST is at this moment (epoch seconds)."""
        source, still_open = self._source(arn), [shard for shard in shards if not shard.closed]
        positions = await asyncio.gather(*(source.tip(arn, shard, now) for shard in still_open))
        return {shard.shard_id: position for shard, position in zip(still_open, positions, strict=True)}

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> Reader:
        """A reader of one shard of a stream."""
        return self._source(arn).reader(arn, shard, created, position, identity)

    def _listed(self, arn: str) -> Listed:
        return self.queues if kind_of(arn) is Kind.SQS else self._source(arn)

    def _source(self, arn: str) -> Source:
        kind = kind_of(arn)
        assert kind, arn  # mappings of anything else are refused
        return self.sources[kind]
