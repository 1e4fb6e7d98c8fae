"""The source: a Kinesis stream, its shards, and a reader of one of them that polls.

A stream that was deleted and made again under its name is another stream; its creation time tells them apart.
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

from functools import partial
from typing import Any

from cloud import shards
from services.worker.polling.pages import Boto3Pages, Pages
from services.worker.polling.record import Record
from services.worker.polling.source import Position, Reader, Shard


class KinesisStreams:
    """Source of kind KINESIS, through a boto3 Kinesis client. pages: reads records; by that client unless told else."""

    def __init__(self, kinesis: Any, pages: Pages | None = None) -> None:
        self.kinesis = kinesis
        self.pages = pages or Boto3Pages(kinesis)

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""
        return await shards.created(self.kinesis, arn)

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        return await shards.listed(self.kinesis, arn)

    async def tip(self, arn: str, shard: Shard, now: float) -> Position:  # noqa: ARG002 -- as Source has it
        """The moment, to the millisecond."""
        return shards.tip(now)

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> Reader:
        """A reader of one shard."""
        return ShardReader(
            self.kinesis,
            arn,
            shard,
            stream_created=created,
            position=position,
            identity=identity,
            pages=self.pages,
        )


class ShardReader(shards.ShardReader[Record]):
    """Its records are such as a function sees them. identity: the ARN of the function's role."""

    def __init__(
        self,
        kinesis: Any,
        source_arn: str,
        shard_id: str,
        *,
        stream_created: int,
        position: Position,
        identity: str,
        pages: Pages | None = None,
    ) -> None:
        make = partial(record_of, shard=shard_id, source_arn=source_arn, identity=identity)
        super().__init__(
            kinesis,
            source_arn,
            shard_id,
            stream_created=stream_created,
            position=position,
            make=make,
            pages=pages or Boto3Pages(kinesis),
        )


def record_of(record: dict[str, Any], shard: str, source_arn: str, identity: str) -> Record:
    """A record as Kinesis sends it, as a function sees it: the keys and their order were recorded on AWS."""
    arrival = round(record["ApproximateArrivalTimestamp"], 3)
    sequence = record["SequenceNumber"]
    event = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": sequence,
            "data": record["Data"],
            "approximateArrivalTimestamp": arrival,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": identity,
        "awsRegion": source_arn.split(":")[3],
        "eventSourceARN": source_arn,
    }
    return Record(sequence, arrival, event)
