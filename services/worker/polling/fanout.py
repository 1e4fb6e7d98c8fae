"""The source: a Kinesis stream through a registered consumer, which gets its records pushed (enhanced fan-out).

https://docs.aws.amazon.com/streams/latest/dg/enhanced-consumers.html
A function sees the consumer's ARN where it would see the stream's, and aggregated records unpacked. Where the service
has no subscriptions, or one that stays silent, the shard is polled instead, and a function sees no difference.
"""

import asyncio
import base64
import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from urllib3.exceptions import HTTPError

from cloud.errors import error_code
from cloud.log import line
from cloud.shards import since
from services.worker.polling.aggregation import UserRecord, unpacked
from services.worker.polling.kinesis import KinesisStreams, ShardReader, record_of
from services.worker.polling.pages import as_sent
from services.worker.polling.record import Record
from services.worker.polling.source import Page, Position, Reader, Shard, StreamGone
from services.worker.polling.subscription import Subscription

log = logging.getLogger(__name__)

_WAIT = 1.0  # seconds that a read waits for an event
_SILENCE = 10.0  # seconds without any event until the shard is polled; a subscription that works speaks every five
_TAKEN = 1.0  # seconds between attempts while another process has the subscription; after five it is taken over
_FRUITLESS = 3  # subscriptions that end without an event until the shard is polled
_MISSING = "ResourceNotFoundException"
_BUSY = frozenset({"ResourceInUseException", "LimitExceededException"})
_OFFLINE = (ConnectionError, HTTPClientError)


class FanOut(KinesisStreams):
    """Source of kind FAN_OUT, through a boto3 Kinesis client. ARNs are those of consumers."""

    async def created(self, arn: str) -> int | None:
        """When the stream was created, in epoch seconds; None when it or its consumer is missing."""
        try:
            await asyncio.to_thread(self.kinesis.describe_stream_consumer, ConsumerARN=arn)
        except ClientError as error:
            if error_code(error) == _MISSING:
                return None
            raise
        return await super().created(arn)

    def reader(self, arn: str, shard: str, created: int, position: Position, identity: str) -> Reader:
        """A reader of one shard."""
        return FanOutReader(self, arn, shard, created=created, position=position, identity=identity)


class FanOutReader:
    """Reads one shard on and on: by subscriptions, each of which goes on where the last one ended, or by polling."""

    def __init__(
        self, source: FanOut, consumer_arn: str, shard_id: str, *, created: int, position: Position, identity: str
    ) -> None:
        self.source = source
        self.consumer_arn = consumer_arn
        self.shard_id = shard_id
        self.created = created
        self.position = position
        self.identity = identity
        self._keys: tuple[int, int] | None = None
        self._continuation = ""
        """Where the next subscription begins, which may be past the last record."""
        self._subscription: Subscription | None = None
        self._heard = 0.0
        self._not_before = 0.0
        self._fruitless = 0
        self._polled: ShardReader | None = None

    @property
    def ended(self) -> bool:
        """The shard is closed and read to its end."""
        return self._polled is not None and self._polled.ended

    def close(self) -> None:
        """Leave the subscription."""
        if self._subscription:
            self._subscription.close()

    async def read(self, limit: int) -> Page:
        """What comes next; limit is for polling only. StreamGone, or botocore's errors, after which it can go on.

        As long as no event says otherwise there may be more to read: a window must not end for that.
        """
        if self._keys is None:
            self._keys = await self._look()
        if self._polled:
            page = await self._polled.read(limit)
            self.position = self._polled.position
            return replace(page, records=self._unpacked(page.records))
        if self._subscription is None:
            if (pause := self._not_before - time.monotonic()) > 0:
                await asyncio.sleep(min(pause, _WAIT))
                return Page((), behind=True)
            self._subscribe()
        assert self._subscription
        event = await self._subscription.next(_WAIT)
        return await (self._silence(self._subscription) if event is None else self._page(event))

    async def _look(self) -> tuple[int, int]:
        """Is it the stream it was, and is the shard still open? A closed one is polled to its end.

        Returns its hash keys.
        """
        if await self.source.created(self.consumer_arn) != self.created:
            raise StreamGone(self.consumer_arn)
        shards = {shard.shard_id: shard for shard in await self.source.shards(self.consumer_arn)}
        shard = shards.get(self.shard_id) or Shard(self.shard_id, closed=True)
        if shard.closed:
            self._poll("the shard is closed")
        return shard.keys

    def _subscribe(self) -> None:
        start = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._continuation}
        if not self._continuation:
            names = {"ShardIteratorType": "Type", "StartingSequenceNumber": "SequenceNumber"}
            start = {names.get(name, name): value for name, value in self.position.arguments().items()}
        self._subscription = Subscription(self.source.kinesis, self.consumer_arn, self.shard_id, start)
        self._heard = time.monotonic()
        self._fruitless += 1

    async def _page(self, event: dict[str, Any]) -> Page:
        self._heard, self._fruitless = time.monotonic(), 0
        raw = [record_of(as_sent(one), self.shard_id, self.consumer_arn, self.identity) for one in event["Records"]]
        records = since(self.position, raw)
        if raw:
            self.position = Position(raw[-1].sequence)
        self._continuation = event.get("ContinuationSequenceNumber") or self._continuation
        if not raw:
            await self._look()  # not every emulator says that a shard has ended
        return Page(self._unpacked(records), behind=bool(event.get("MillisBehindLatest") or self._polled))

    async def _silence(self, subscription: Subscription) -> Page:
        """No event: the subscription has ended, has failed, or says nothing."""
        if subscription.over:
            self._subscription = None
            self._mend(subscription.error)
        elif time.monotonic() - self._heard > _SILENCE:
            self._poll("the subscription is silent")
        return Page((), behind=True)

    def _mend(self, error: Exception | None) -> None:
        """What to do after a subscription has ended: another one, or polling."""
        code = error_code(error) if isinstance(error, ClientError) else ""
        if code == _MISSING:
            raise StreamGone(self.consumer_arn)
        if isinstance(error, _OFFLINE):
            raise error
        if code in _BUSY:
            self._fruitless = 0
            self._not_before = time.monotonic() + _TAKEN
        elif self._fruitless >= _FRUITLESS or not (error is None or isinstance(error, HTTPError | OSError)):
            self._poll(str(error or "subscriptions end without an event"))

    def _poll(self, why: str) -> None:
        log.info(line("poll-instead", consumer=self.consumer_arn, shard=self.shard_id, why=why))
        self.close()
        self._polled = ShardReader(
            self.source.kinesis,
            self.consumer_arn,
            self.shard_id,
            stream_created=self.created,
            position=self.position,
            identity=self.identity,
            pages=self.source.pages,
        )

    def _unpacked(self, records: Iterable[Record]) -> tuple[Record, ...]:
        return tuple(one for record in records for one in _user_records(record, self._keys or Shard("").keys))


def _user_records(record: Record, keys: tuple[int, int]) -> list[Record]:
    """The records in an aggregate, which share its number and its time; the record itself if it is none."""
    inner = unpacked(base64.b64decode(record.event["kinesis"]["data"]), keys)
    if inner is None:
        return [record]
    return [replace(record, event=_event(record.event, one)) for one in inner]


def _event(outer: dict[str, Any], inner: UserRecord) -> dict[str, Any]:
    data = base64.b64encode(inner.data).decode()
    return {**outer, "kinesis": {**outer["kinesis"], "partitionKey": inner.partition_key, "data": data}}
