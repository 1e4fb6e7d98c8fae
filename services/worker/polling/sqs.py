"""A poller of one queue of one mapping: receives messages, delivers them in batches, deletes those that are done.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
Nothing else is kept: what is not deleted comes back when its visibility timeout is over, and the queue itself counts
receives and moves what failed too often to its dead-letter queue. A FIFO queue gives no message of a group of which
one is in hand, so order needs nothing here but to have one batch at a time of what was received together.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from cloud.log import line
from services.worker import metrics
from services.worker.execution.limits import PAYLOAD
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import counting, report
from services.worker.polling.delivery import Delivery
from services.worker.polling.filters.criteria import passing
from services.worker.polling.lane import Pace
from services.worker.polling.leases import HeldLease
from services.worker.polling.message import record_of
from services.worker.polling.outcome import Answer, Batch, Kind
from services.worker.polling.queues import POLLERS, Queues
from services.worker.polling.record import Record

log = logging.getLogger(__name__)

# Seconds of a long poll. SQS allows 20; but a poll cannot be called off, and the message that ends it after its worker
# is gone lies invisible for as long as if it had failed. A poller stops when its poll has ended.
LONG_POLL = 3
_IN_HAND = 5  # batches of one poller, unless the mapping says so
_FRAME = len(b'{"Records":[]}')
_OFFLINE = 5.0  # seconds; the longest pause between attempts to reach the queue


class QueuePoller:
    """Runs until the lease is lost or stop() is called. mapping may be replaced: it counts from the next batch on."""

    def __init__(
        self, mapping: EventSourceMapping, queues: Queues, *, delivery: Delivery, lease: HeldLease, pace: Pace
    ) -> None:
        self.mapping = mapping
        self.queues = queues
        self.delivery = delivery
        self.lease = lease
        self.pace = pace
        self.trouble = ""
        """Why the queue cannot be read at the moment; empty while it can."""
        self.stream_gone = False
        self._stop = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._visibility = 30  # seconds, as last seen; this is SQS's default

    def stop(self) -> None:
        """End after the batches in hand."""
        self._stop.set()

    async def run(self) -> None:
        """Receive and deliver, several batches at once, in tasks of their own."""
        try:
            while not (self._stop.is_set() or self.lease.lost):
                await self._turn()
            await asyncio.gather(*self._in_hand)
        finally:
            for task in self._in_hand:
                task.cancel()
            await asyncio.gather(*self._in_hand, return_exceptions=True)

    @property
    def capacity(self) -> int:
        """How many batches this poller may have in hand: its share of the mapping's MaximumConcurrency."""
        most = (self.mapping.settings.get("ScalingConfig") or {}).get("MaximumConcurrency")
        number = int(self.lease.lease.shard.rpartition("-")[2])
        return _IN_HAND if most is None else most // POLLERS + (number < most % POLLERS)

    async def _turn(self) -> None:
        if len(self._in_hand) >= self.capacity:
            await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
            return
        started = time.monotonic()
        try:
            records = await self._collect()
        except (ClientError, BotoCoreError) as error:
            await self._pause(self._failed(error))
            return
        self._failures, self.trouble = 0, ""
        if records:
            task = asyncio.create_task(self._handle(records, started), name=f"{self.mapping.stream} batch")
            self._in_hand.add(task)
            task.add_done_callback(self._done)
        else:
            counting.polled(self.mapping, 0, 0)

    async def _collect(self) -> list[Record]:
        """Messages for a batch: what a long poll brings, and what the batching window adds to it."""
        size, window = self.mapping.batch_size, self.mapping.window
        records = await self._receive(size, LONG_POLL)
        ends = time.monotonic() + window
        while records and len(records) < size and not self._stop.is_set() and _size(records) < PAYLOAD:
            left = ends - time.monotonic()
            if left <= 0:
                break
            with contextlib.suppress(ClientError, BotoCoreError):  # what is here already must not wait for the rest
                records += await self._receive(size - len(records), min(LONG_POLL, math.ceil(left)))
        return records

    async def _receive(self, most: int, wait: int) -> list[Record]:
        messages = await self.queues.receive(self.mapping.source_arn, most, wait)
        return [record_of(message, self.mapping.source_arn, self.mapping.window) for message in messages]

    async def _handle(self, records: list[Record], received: float) -> None:
        """Messages that the filters drop are deleted, the others delivered; of a FIFO queue, in their order."""
        mapping = self.mapping
        kept = passing(mapping.settings, records)
        counting.polled(mapping, len(records), len(kept))
        ids = {record.sequence for record in kept}
        await self._delete(mapping, [record for record in records if record.sequence not in ids], received)
        for batch in _batches(kept):
            answer = await self._deliver(mapping, batch, received)
            failed = _failed_messages(mapping, batch, answer)
            done = [record for record in batch.records if record.sequence not in failed]
            await self._delete(mapping, done, received)
            metrics.RECORDS.labels(mapping.function.name).inc(len(done))
            if failed and mapping.source_arn.endswith(".fifo"):
                return  # what comes after it in its group must not overtake it

    async def _deliver(self, mapping: EventSourceMapping, batch: Batch, received: float) -> Answer:
        """A batch that is throttled is delivered again, for as long as its messages are invisible to others."""
        pause = self.pace.backoff
        while True:
            answer = await self.delivery.deliver(mapping, "", batch)
            if answer.kind is not Kind.NOT_INVOKED or self._stop.is_set():
                return answer
            if not await self._visible_in(mapping, received, pause):
                return answer
            await self._pause(pause)
            pause = min(pause * 2, self.pace.backoff_limit)

    async def _delete(self, mapping: EventSourceMapping, records: list[Record], received: float) -> None:
        """Tried until it works, or the messages come back anyway."""
        receipts = [record.event["receiptHandle"] for record in records]
        while receipts:
            try:
                await self.queues.delete(mapping.source_arn, receipts)
                counting.deleted(mapping, len(receipts))
                return
            except (ClientError, BotoCoreError) as error:
                log.warning(line("cannot-delete", queue=mapping.source_arn, messages=len(receipts), error=error))
                if self._stop.is_set() or not await self._visible_in(mapping, received, self.pace.backoff):
                    return
                await self._pause(self.pace.backoff)

    async def _visible_in(self, mapping: EventSourceMapping, received: float, pause: float) -> bool:
        """Whether messages received then stay invisible for longer than the pause; both in seconds."""
        with contextlib.suppress(ClientError, BotoCoreError):
            self._visibility = await self.queues.visibility(mapping.source_arn) or 0
        return time.monotonic() + pause < received + self._visibility

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error(line("batch-failed", queue=self.mapping.source_arn), exc_info=error)

    def _failed(self, error: Exception) -> float:
        """The pause until the next attempt, in seconds."""
        self.trouble = str(error)
        if self._failures == 0:
            log.warning(line("cannot-receive", mapping=self.mapping.uuid, error=error))
        self._failures = min(self._failures + 1, 8)
        return float(min(_OFFLINE, self.pace.poll * 2**self._failures))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


def _failed_messages(mapping: EventSourceMapping, batch: Batch, answer: Answer) -> frozenset[str]:
    """The ids of the messages that are not done."""
    ids = frozenset(record.sequence for record in batch.records)
    if answer.kind is not Kind.RETURNED:
        return ids
    if "ReportBatchItemFailures" not in mapping.settings["FunctionResponseTypes"]:
        return frozenset()
    return report.failed_messages(answer.payload, ids)


def _batches(records: Iterable[Record]) -> list[Batch]:
    """As few batches as an invocation's payload allows."""
    batches: list[list[Record]] = []
    room = 0
    for record in records:
        room -= record.size
        if not batches or room < 0:
            batches.append([])
            room = PAYLOAD - _FRAME - record.size
        batches[-1].append(record)
    return [Batch(tuple(batch)) for batch in batches]


def _size(records: list[Record]) -> int:
    return _FRAME + sum(record.size for record in records)
