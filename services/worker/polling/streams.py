"""Kinesis streams as the pollers see them: when one was created, which shards it has, which shard came from which.

A stream that was deleted and made again under its name is another stream; its creation time tells them apart.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import error_code


@dataclass(frozen=True)
class Shard:
    """parents: none, one (after a split) or two (after a merge); closed: it takes no more records."""

    shard_id: str
    parents: tuple[str, ...] = ()
    closed: bool = False


class Streams:
    """Describes streams through a boto3 Kinesis client."""

    def __init__(self, kinesis: Any) -> None:
        self.kinesis = kinesis

    async def created(self, stream_arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""
        try:
            reply = await asyncio.to_thread(self.kinesis.describe_stream_summary, StreamARN=stream_arn)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise
        return int(reply["StreamDescriptionSummary"]["StreamCreationTimestamp"].timestamp())

    async def shards(self, stream_arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        shards: list[Shard] = []
        page: dict[str, str] = {"StreamARN": stream_arn}
        while True:
            reply = await asyncio.to_thread(self.kinesis.list_shards, **page)
            shards += map(_shard, reply["Shards"])
            if not reply.get("NextToken"):
                return shards
            page = {"NextToken": reply["NextToken"]}


def _shard(described: dict[str, Any]) -> Shard:
    parents = (described.get("ParentShardId"), described.get("AdjacentParentShardId"))
    closed = bool(described["SequenceNumberRange"].get("EndingSequenceNumber"))
    return Shard(described["ShardId"], tuple(parent for parent in parents if parent), closed)
