"""One shard of one mapping: source -> outcome -> delivery -> position, batch after batch.

A position is stored only after the work before it is done, so whatever stops this process, the next one begins with
the first record that is not.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from cloud.log import line
from services.worker import metrics
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import outcome
from services.worker.polling.buffer import Buffer
from services.worker.polling.delivery import Delivery
from services.worker.polling.leases import SHARD_END, HeldLease, LeaseLost
from services.worker.polling.outcome import Batch, Kind, Rules, Step
from services.worker.polling.source import Reader, StreamGone

log = logging.getLogger(__name__)

_READ = 500  # records asked for at least; what is beyond a batch waits in the buffer
_READ_LIMIT = 10_000  # GetRecords' own
_WARM = 10.0  # seconds after a record during which a shard counts as busy
_OFFLINE = 5.0  # seconds; the longest pause between attempts to reach Kinesis


@dataclass(frozen=True)
class Pace:
    """Seconds between reads of a busy and of an idle shard; until a lease counts as abandoned; of retries."""

    poll: float
    idle_poll: float
    lease: float
    backoff: float
    backoff_limit: float


class Consumer:
    """Runs until the shard ends, the lease is lost, or stop() is called; mapping may be replaced between batches.

    note: keeps the text of the mapping's LastProcessingResult.
    """

    def __init__(
        self,
        mapping: EventSourceMapping,
        reader: Reader,
        *,
        delivery: Delivery,
        lease: HeldLease,
        pace: Pace,
        note: Callable[[EventSourceMapping, str], Awaitable[None]],
    ) -> None:
        self.mapping = mapping
        self.reader = reader
        self.delivery = delivery
        self.lease = lease
        self.pace = pace
        self.note = note
        self.trouble = ""
        """Why the shard cannot be read at the moment; empty while it can."""
        self.stream_gone = False
        self._stop = asyncio.Event()
        self._buffer = Buffer()
        self._work: outcome.Work = ()
        self._due: Step | None = None
        self._last_record = time.monotonic()
        self._offline = 0

    @property
    def shard(self) -> str:
        return self.lease.lease.shard

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stop.set()

    async def run(self) -> None:
        try:
            while not self._stop.is_set():
                await self._pause(await self._turn())
        except LeaseLost:
            log.warning(line("lease-lost", mapping=self.mapping.uuid, shard=self.shard))
        except StreamGone:
            self.stream_gone = True
            log.warning(line("stream-gone", mapping=self.mapping.uuid, shard=self.shard))

    async def _turn(self) -> float:
        """Read once and work off what can be; returns the pause that is due, in seconds.

        When DynamoDB or Kinesis does not answer, the next turn goes on exactly where this one stopped.
        """
        started = time.monotonic()
        try:
            await self._work_off()
            full = await self._read()
            await self._work_off()
        except (ClientError, BotoCoreError) as error:
            return self._failed(error)
        self._offline, self.trouble = 0, ""
        return 0.0 if full else self._interval() - (time.monotonic() - started)

    async def _read(self) -> bool:
        """Whether there is more to read at once."""
        limit = min(_READ_LIMIT, max(_READ, self.mapping.batch_size))
        page = await self.reader.read(limit)
        now = time.monotonic()
        if page.records:
            self._last_record = now
        self._buffer.add(page.records, now)
        if page.ended and not self._buffer and not self._work:
            await self.lease.checkpoint(SHARD_END)
            self.stop()
        return page.behind or page.ended or len(page.records) == limit

    async def _work_off(self) -> None:
        while not self._stop.is_set():
            if self._work:
                await self._advance()
                continue
            size, window = self.mapping.batch_size, self.mapping.window
            records = self._buffer.take(size, window, time.monotonic(), last=self.reader.ended)
            if not records:
                return
            self._work = (Batch(records),)

    async def _advance(self) -> None:
        """One step on; if its position cannot be stored, it stays due and nothing is delivered again."""
        if self._due is None:
            self._due = await self._decide()
        if self._due.done:
            await self.lease.checkpoint(self._due.done)
        step, self._due = self._due, None
        done = _count(self._work) - _count(step.work)
        metrics.RECORDS.labels(self.mapping.function.name).inc(done)
        self._work = step.work
        await self._pause(step.wait)

    async def _decide(self) -> Step:
        await self._keep_lease()
        step = outcome.before(self._work, self._rules(), time.time())
        if not step.discard:
            answer = await self.delivery.deliver(self.mapping, self.shard, self._work[0])
            step = outcome.after(self._work, answer, self._rules())
            await self._note(answer.kind)
        if step.discard:
            await self.delivery.give_up(self.mapping, self.shard, step.discard)
        return step

    async def _keep_lease(self) -> None:
        """After a long pause of this process somebody else may own the shard: make sure before the function runs."""
        if time.monotonic() - self.lease.renewed > self.pace.lease / 2:
            await self.lease.renew()

    async def _note(self, kind: Kind) -> None:
        text = {Kind.RETURNED: "OK", Kind.FUNCTION_ERROR: "PROBLEM: Function call failed"}.get(kind, "")
        if text and text != self.mapping.last_result:
            await self.note(self.mapping, text)

    def _rules(self) -> Rules:
        settings = self.mapping.settings
        retries, age = settings["MaximumRetryAttempts"], settings["MaximumRecordAgeInSeconds"]
        return Rules(
            retries=None if retries < 0 else retries,
            max_age=None if age < 0 else age,
            bisect=settings["BisectBatchOnFunctionError"],
            report="ReportBatchItemFailures" in settings["FunctionResponseTypes"],
            backoff=self.pace.backoff,
            backoff_limit=self.pace.backoff_limit,
        )

    def _interval(self) -> float:
        busy = time.monotonic() - self._last_record < _WARM
        return self.pace.poll if busy else self.pace.idle_poll

    def _failed(self, error: Exception) -> float:
        self.trouble = str(error)
        if self._offline == 0:
            log.warning(line("cannot-read", mapping=self.mapping.uuid, shard=self.shard, error=error))
        self._offline = min(self._offline + 1, 8)
        return min(_OFFLINE, self.pace.poll * 2.0**self._offline)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return


def _count(work: outcome.Work) -> int:
    return sum(len(batch.records) for batch in work)
