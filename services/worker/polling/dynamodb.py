"""The source: the stream of changes of a DynamoDB table.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
Unlike Kinesis it knows no start by time, so LATEST is pinned to the sequence number of the last change there is.
"""

import asyncio
import base64
import logging
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import error_code
from cloud.log import line
from services.worker.polling.item_size import item_size
from services.worker.polling.pages import Boto3Pages, Pages
from services.worker.polling.record import Record
from services.worker.polling.source import Page, Position, Shard, StreamGone

log = logging.getLogger(__name__)

_LIMIT = 1000  # GetRecords' own
_SHARD_LIST = "LastEvaluatedShardId"


class TableStreams:
    """Source of kind DYNAMODB, through boto3's client "dynamodbstreams". pages: reads records; by that client, too."""

    def __init__(self, dynamodbstreams: Any, pages: Pages | None = None) -> None:
        self.dynamodbstreams = dynamodbstreams
        self.pages = pages or Boto3Pages(dynamodbstreams, as_sent)

    async def created(self, arn: str) -> int | None:
        """When the stream was turned on, in epoch seconds; None when there is none."""
        try:
            described = await self._describe(StreamArn=arn)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise
        return int(described["CreationRequestDateTime"].timestamp())

    async def shards(self, arn: str) -> list[Shard]:
        """All shards that are still listed, closed ones included."""
        shards: list[Shard] = []
        page: dict[str, str] = {}
        while True:
            described = await self._describe(StreamArn=arn, **page)
            shards += map(_shard, described["Shards"])
            if not described.get(_SHARD_LIST):
                return shards
            page = {"ExclusiveStartShardId": described[_SHARD_LIST]}

    async def tip(self, arn: str, shard: Shard, now: float) -> Position:  # noqa: ARG002 -- as Source has it
        """Where reading has come to the last change."""
        reader = self.reader(arn, shard.shard_id, 0, Position("TRIM_HORIZON"), "")
        while (await reader.read(_LIMIT)).behind:
            pass
        return reader.position

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> "TableReader":  # noqa: ARG002
        """A reader of one shard. The ARN holds the moment at which the stream was turned on: it is never another."""
        return TableReader(self.dynamodbstreams, arn, shard, position, self.pages)

    async def _describe(self, **arguments: str) -> dict[str, Any]:
        reply = await asyncio.to_thread(self.dynamodbstreams.describe_stream, **arguments)
        description: dict[str, Any] = reply["StreamDescription"]
        return description


class TableReader:
    """Reads one shard on and on from a position."""

    def __init__(self, dynamodbstreams: Any, stream_arn: str, shard_id: str, position: Position, pages: Pages) -> None:
        self.dynamodbstreams = dynamodbstreams
        self.pages = pages
        self.stream_arn = stream_arn
        self.shard_id = shard_id
        self.position = position
        self.ended = False
        self._iterator: str | None = None

    def close(self) -> None:
        """Nothing is held open between reads."""

    async def read(self, limit: int) -> Page:
        """The next records, at most limit and 1000. StreamGone, or botocore's errors, after which it can go on."""
        if self.ended:
            return Page((), ended=True)
        if self._iterator is None:
            self._iterator = await self._open()
        if self._iterator is None:
            self.ended = True
            return Page((), ended=True)
        try:
            reply = await self.pages(self._iterator, min(limit, _LIMIT))
        except ClientError as error:
            self._reopen(error)
            return Page((), behind=True)
        records = tuple(record_of(record, self.stream_arn) for record in reply["Records"])
        self._iterator = reply.get("NextShardIterator")
        self.ended = self._iterator is None
        if records:
            self.position = Position(records[-1].sequence)
        return Page(records, behind=bool(records), ended=self.ended)

    def _reopen(self, error: ClientError) -> None:
        """The iterator is of no use any more: the next read opens one at the position. Other errors are raised."""
        if error_code(error) == "ResourceNotFoundException":
            raise StreamGone(self.stream_arn) from error
        if error_code(error) == "TrimmedDataAccessException":
            self._to_the_horizon()
        elif error_code(error) != "ExpiredIteratorException":
            raise error
        self._iterator = None

    async def _open(self) -> str | None:
        """An iterator at the position; None when the shard is not there any more: its records were trimmed away."""
        try:
            return await self._iterator_at(self.position)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                await self._expect_trimmed()
                return None
            if error_code(error) != "TrimmedDataAccessException":
                raise
        self._to_the_horizon()
        return await self._iterator_at(self.position)

    async def _expect_trimmed(self) -> None:
        """The shard was not found: StreamGone, unless the stream is there and does not list it."""
        streams = TableStreams(self.dynamodbstreams, self.pages)
        gone = await streams.created(self.stream_arn) is None
        if gone or self.shard_id in {shard.shard_id for shard in await streams.shards(self.stream_arn)}:
            raise StreamGone(self.stream_arn)
        log.warning(line("shard-expired", shard=self.shard_id, position=self.position.after))

    def _to_the_horizon(self) -> None:
        """The position is older than what the stream keeps: what is left begins at the horizon."""
        log.warning(line("trimmed", shard=self.shard_id, position=self.position.after))
        self.position = Position("TRIM_HORIZON")

    async def _iterator_at(self, position: Position) -> str:
        kind = {"ShardIteratorType": "TRIM_HORIZON"}
        if position.after.isdigit():
            kind = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": position.after}
        where = {"StreamArn": self.stream_arn, "ShardId": self.shard_id}
        reply = await asyncio.to_thread(self.dynamodbstreams.get_shard_iterator, **where, **kind)
        return str(reply["ShardIterator"])


def record_of(record: dict[str, Any], stream_arn: str) -> Record:
    """A record as DynamoDB sends it, as a function sees it: the keys and their order were recorded on AWS."""
    change = record["dynamodb"]
    arrival = float(int(change["ApproximateCreationDateTime"]))
    images = {name: change[name] for name in ("Keys", "NewImage", "OldImage") if name in change}
    event = {
        "eventID": record["eventID"].replace("-", ""),
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": arrival,
            **images,
            "SequenceNumber": change["SequenceNumber"],
            "SizeBytes": change.get("SizeBytes") or sum(map(item_size, images.values())),
            "StreamViewType": change["StreamViewType"],
        },
        "eventSourceARN": stream_arn,
    }
    return Record(change["SequenceNumber"], arrival, event)


def as_sent(record: dict[str, Any]) -> dict[str, Any]:
    """A record as boto3 gives it, as DynamoDB sent it."""
    change = {**record["dynamodb"]}
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": _texts(change)}


def _texts(value: Any) -> Any:
    """Attribute values as JSON has them: binary is base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    return [_texts(inner) for inner in value] if isinstance(value, list) else value


def _shard(described: dict[str, Any]) -> Shard:
    parent = described.get("ParentShardId")
    closed = bool(described["SequenceNumberRange"].get("EndingSequenceNumber"))
    return Shard(described["ShardId"], (parent,) if parent else (), closed)
