"""The source: a Kinesis stream, its shards, and a reader of one of them that polls.

A stream that was deleted and made again under its name is another stream; its creation time tells them apart.
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import error_code
from cloud.log import line
from services.worker.mappings.sources import stream_arn
from services.worker.polling.pages import Boto3Pages, Pages
from services.worker.polling.record import Record
from services.worker.polling.source import Page, Position, Reader, Shard, StreamGone

log = logging.getLogger(__name__)


class KinesisStreams:
    """Source of kind KINESIS, through a boto3 Kinesis client. pages: reads records; by that client unless told else."""

    def __init__(self, kinesis: Any, pages: Pages | None = None) -> None:
        self.kinesis = kinesis
        self.pages = pages or Boto3Pages(kinesis)

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when there is none."""
        try:
            reply = await asyncio.to_thread(self.kinesis.describe_stream_summary, StreamARN=stream_arn(arn))
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise
        return int(reply["StreamDescriptionSummary"]["StreamCreationTimestamp"].timestamp())

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        shards: list[Shard] = []
        page: dict[str, str] = {"StreamARN": stream_arn(arn)}
        while True:
            reply = await asyncio.to_thread(self.kinesis.list_shards, **page)
            shards += map(_shard, reply["Shards"])
            if not reply.get("NextToken"):
                return shards
            page = {"NextToken": reply["NextToken"]}

    async def tip(self, arn: str, shard: Shard, now: float) -> Position:  # noqa: ARG002 -- as Source has it
        """The moment, to the millisecond."""
        return Position("AT_TIMESTAMP", int(now * 1000) / 1000)

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


class ShardReader:
    """Reads on and on from a position. source_arn: the stream's, or that of a consumer of it.

    stream_created: which stream of that name is meant; identity: the ARN of the function's role.
    """

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
        self.kinesis = kinesis
        self.pages = pages or Boto3Pages(kinesis)
        self.source_arn = source_arn
        self.stream_created = stream_created
        self.shard_id = shard_id
        self.position = position
        self.identity = identity
        self._iterator: str | None = None
        self.ended = False

    def close(self) -> None:
        """Nothing is held open between reads."""

    async def read(self, limit: int) -> Page:
        """The next records, at most limit. StreamGone, or botocore's errors, after which reading can go on."""
        if self.ended:
            return Page((), ended=True)
        if self._iterator is None:
            self._iterator = await self._open()
        if self._iterator is None:
            self.ended = True
            return Page((), ended=True)
        try:
            reply = await self.pages(self._iterator, limit)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                raise StreamGone(self.source_arn) from error
            if error_code(error) != "ExpiredIteratorException":
                raise
            self._iterator = None  # the next read opens it after the last record read, not where it once started
            return Page(())
        return self._page(reply)

    def _page(self, reply: dict[str, Any]) -> Page:
        raw = [record_of(record, self.shard_id, self.source_arn, self.identity) for record in reply["Records"]]
        self._iterator = reply.get("NextShardIterator")
        self.ended = self._iterator is None
        records = since(self.position, raw)
        if records:
            self.position = Position(records[-1].sequence)
        return Page(records, behind=bool(reply.get("MillisBehindLatest")), ended=self.ended)

    async def _open(self) -> str | None:
        """An iterator at the position; None when the shard is not there any more: its records have expired."""
        if await KinesisStreams(self.kinesis).created(self.source_arn) != self.stream_created:
            raise StreamGone(self.source_arn)
        try:
            return await self._iterator_at(self.position)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            if error_code(error) != "InvalidArgumentException" or not self.position.after.isdigit():
                raise
        # The position is older than what the stream keeps: what is left begins at the horizon.
        log.warning(line("trimmed", shard=self.shard_id, position=self.position.after))
        self.position = Position("TRIM_HORIZON")
        return await self._iterator_at(self.position)

    async def _iterator_at(self, position: Position) -> str:
        where = {"StreamARN": stream_arn(self.source_arn), "ShardId": self.shard_id}
        reply = await asyncio.to_thread(self.kinesis.get_shard_iterator, **where, **position.arguments())
        return str(reply["ShardIterator"])


def since(position: Position, records: Iterable[Record]) -> tuple[Record, ...]:
    """The records that belong after a start by time: not every emulator looks at the milliseconds."""
    if position.after != "AT_TIMESTAMP":
        return tuple(records)
    return tuple(record for record in records if record.arrival >= position.timestamp)


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


def _shard(described: dict[str, Any]) -> Shard:
    parents = (described.get("ParentShardId"), described.get("AdjacentParentShardId"))
    closed = bool(described["SequenceNumberRange"].get("EndingSequenceNumber"))
    keys = described["HashKeyRange"]
    return Shard(
        described["ShardId"],
        tuple(parent for parent in parents if parent),
        closed,
        (int(keys["StartingHashKey"]), int(keys["EndingHashKey"])),
    )
