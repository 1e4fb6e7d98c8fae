"""The shards of a Kinesis stream, positions in them, and a reader of one that polls.

A stream that was deleted and made again under its name is another stream; its creation time tells them apart.
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from botocore.exceptions import ClientError

from cloud.errors import FogbankError, error_code
from cloud.log import line

log = logging.getLogger(__name__)


class Arrived(Protocol):
    """What is known of any record. sequence: its number, decimal; arrival: epoch seconds."""

    @property
    def sequence(self) -> str: ...

    @property
    def arrival(self) -> float: ...


R = TypeVar("R", bound=Arrived)


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
            stamp = datetime.fromtimestamp(max(0.0, self.timestamp), UTC)  # no stream is older than that
            return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": stamp}
        if self.after == "TRIM_HORIZON":
            return {"ShardIteratorType": "TRIM_HORIZON"}
        return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.after}


@dataclass(frozen=True)
class Page(Generic[R]):
    """What one read gave. behind: there is more to read now; ended: the shard is closed and read to its end."""

    records: tuple[R, ...]
    behind: bool = False
    ended: bool = False


def stream_arn(arn: str) -> str:
    """The ARN of the stream whose consumer this is; of anything else, the ARN itself."""
    return arn.partition("/consumer/")[0]


async def created(kinesis: Any, arn: str) -> int | None:
    """When the stream was created, in epoch seconds; None when there is none."""
    try:
        reply = await asyncio.to_thread(kinesis.describe_stream_summary, StreamARN=stream_arn(arn))
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    return int(reply["StreamDescriptionSummary"]["StreamCreationTimestamp"].timestamp())


async def listed(kinesis: Any, arn: str) -> list[Shard]:
    """All shards that are still listed, closed ones included."""
    shards: list[Shard] = []
    page: dict[str, str] = {"StreamARN": stream_arn(arn)}
    while True:
        reply = await asyncio.to_thread(kinesis.list_shards, **page)
        shards += map(_shard, reply["Shards"])
        if not reply.get("NextToken"):
            return shards
        page = {"NextToken": reply["NextToken"]}


def tip(now: float) -> Position:
    """LATEST, as a position that stays where it is: the moment (epoch seconds), to the millisecond."""
    return Position("AT_TIMESTAMP", int(now * 1000) / 1000)


class ShardReader(Generic[R]):
    """Reads on and on from a position. source_arn: the stream's, or that of a consumer of it.

    stream_created: which stream of that name is meant; make: a record out of what boto3 returns;
    pages: reads a page after an iterator, as boto3's get_records returns it.
    """

    def __init__(
        self,
        kinesis: Any,
        source_arn: str,
        shard_id: str,
        *,
        stream_created: int,
        position: Position,
        make: Callable[[dict[str, Any]], R],
        pages: Callable[[str, int], Awaitable[dict[str, Any]]] | None = None,
    ) -> None:
        self.kinesis = kinesis
        self.source_arn = source_arn
        self.stream_created = stream_created
        self.shard_id = shard_id
        self.position = position
        self.make = make
        self.pages = pages or self._get_records
        self._iterator: str | None = None
        self.ended = False

    def close(self) -> None:
        """Nothing is held open between reads."""

    async def read(self, limit: int) -> Page[R]:
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
            return Page((), behind=True)
        return self._page(reply)

    async def _get_records(self, iterator: str, limit: int) -> dict[str, Any]:
        reply: dict[str, Any] = await asyncio.to_thread(self.kinesis.get_records, ShardIterator=iterator, Limit=limit)
        return reply

    def _page(self, reply: dict[str, Any]) -> Page[R]:
        raw = [self.make(record) for record in reply["Records"]]
        self._iterator = reply.get("NextShardIterator")
        self.ended = self._iterator is None
        records = since(self.position, raw)
        if records:
            self.position = Position(records[-1].sequence)
        return Page(records, behind=bool(reply.get("MillisBehindLatest")), ended=self.ended)

    async def _open(self) -> str | None:
        """An iterator at the position; None when the shard is not there any more: its records have expired."""
        if await created(self.kinesis, self.source_arn) != self.stream_created:
            raise StreamGone(self.source_arn)
        try:
            return await self._iterator_at(self.position)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                await self._expect_expired()
                return None
            if error_code(error) != "InvalidArgumentException" or not self.position.after.isdigit():
                raise
        # The position is older than what the stream keeps: what is left begins at the horizon.
        log.warning(line("trimmed", shard=self.shard_id, position=self.position.after))
        self.position = Position("TRIM_HORIZON")
        return await self._iterator_at(self.position)

    async def _expect_expired(self) -> None:
        """The shard was not found. It has expired if the stream is still the one meant, and does not list it; else the
        stream was deleted after it was looked at (StreamGone), and a shard of that name may be there again by now."""
        still_it = await created(self.kinesis, self.source_arn) == self.stream_created
        if not still_it or self.shard_id in {shard.shard_id for shard in await listed(self.kinesis, self.source_arn)}:
            raise StreamGone(self.source_arn)

    async def _iterator_at(self, position: Position) -> str:
        where = {"StreamARN": stream_arn(self.source_arn), "ShardId": self.shard_id}
        reply = await asyncio.to_thread(self.kinesis.get_shard_iterator, **where, **position.arguments())
        return str(reply["ShardIterator"])


def since(position: Position, records: Iterable[R]) -> tuple[R, ...]:
    """The records that belong after a start by time: not every emulator looks at the milliseconds."""
    if position.after != "AT_TIMESTAMP":
        return tuple(records)
    return tuple(record for record in records if record.arrival >= position.timestamp)


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
