"""The source: reads one shard of a Kinesis stream, by polling.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

import asyncio
import base64
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import FogbankError, error_code
from cloud.log import line
from services.worker.polling.record import Record
from services.worker.polling.streams import Streams

log = logging.getLogger(__name__)


class StreamGone(FogbankError):
    """The stream does not exist, or another one bears its name now."""


@dataclass(frozen=True)
class Position:
    """Where to start: "TRIM_HORIZON", "AT_TIMESTAMP" (epoch seconds), or a sequence number, which is already done."""

    after: str
    timestamp: float = 0.0

    def arguments(self) -> dict[str, Any]:
        """As GetShardIterator takes it."""
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


class ShardReader:
    """Reads on and on from a position. stream_created: which stream of that name is meant; identity: a role's ARN."""

    def __init__(
        self, kinesis: Any, stream_arn: str, shard_id: str, *, stream_created: int, position: Position, identity: str
    ) -> None:
        self.kinesis = kinesis
        self.stream_arn = stream_arn
        self.stream_created = stream_created
        self.shard_id = shard_id
        self.position = position
        self.identity = identity
        self._iterator: str | None = None
        self.ended = False

    async def read(self, limit: int) -> Page:
        """The next records, at most limit. StreamGone, or botocore's errors, after which reading can go on."""
        if self.ended:
            return Page((), ended=True)
        if self._iterator is None:
            self._iterator = await self._open()
        try:
            reply = await asyncio.to_thread(self.kinesis.get_records, ShardIterator=self._iterator, Limit=limit)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                raise StreamGone(self.stream_arn) from error
            if error_code(error) != "ExpiredIteratorException":
                raise
            self._iterator = None  # the next read opens it after the last record read, not where it once started
            return Page(())
        return self._page(reply)

    def _page(self, reply: dict[str, Any]) -> Page:
        records = tuple(map(self._record, reply["Records"]))
        self._iterator = reply.get("NextShardIterator")
        self.ended = self._iterator is None
        if self.position.after == "AT_TIMESTAMP":  # not every emulator looks at the milliseconds
            records = tuple(record for record in records if record.arrival >= self.position.timestamp)
        if records:
            self.position = Position(records[-1].sequence)
        return Page(records, behind=bool(reply.get("MillisBehindLatest")), ended=self.ended)

    async def _open(self) -> str:
        if await Streams(self.kinesis).created(self.stream_arn) != self.stream_created:
            raise StreamGone(self.stream_arn)
        try:
            return await self._iterator_at(self.position)
        except ClientError as error:
            if error_code(error) != "InvalidArgumentException" or not self.position.after.isdigit():
                raise
        # The position is older than what the stream keeps: what is left begins at the horizon.
        log.warning(line("trimmed", shard=self.shard_id, position=self.position.after))
        self.position = Position("TRIM_HORIZON")
        return await self._iterator_at(self.position)

    async def _iterator_at(self, position: Position) -> str:
        reply = await asyncio.to_thread(
            self.kinesis.get_shard_iterator, StreamARN=self.stream_arn, ShardId=self.shard_id, **position.arguments()
        )
        return str(reply["ShardIterator"])

    def _record(self, record: dict[str, Any]) -> Record:
        arrival = round(record["ApproximateArrivalTimestamp"].timestamp(), 3)
        sequence = record["SequenceNumber"]
        event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": sequence,
                "data": base64.b64encode(record["Data"]).decode(),
                "approximateArrivalTimestamp": arrival,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.shard_id}:{sequence}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self.identity,
            "awsRegion": self.stream_arn.split(":")[3],
            "eventSourceARN": self.stream_arn,
        }
        return Record(sequence, arrival, event)
