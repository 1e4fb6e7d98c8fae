"""One shard of one mapping: reads it, spreads its records over lanes, and sees the lanes through to the shard's end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from botocore.exceptions import BotoCoreError, ClientError

from cloud.log import line
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import counting, windows
from services.worker.polling.delivery import Delivery
from services.worker.polling.filters.criteria import passing
from services.worker.polling.lane import Lane, Pace, Shard
from services.worker.polling.lanes import Ledger, lane_of
from services.worker.polling.leases import SHARD_END, HeldLease, LeaseLost
from services.worker.polling.record import Record
from services.worker.polling.source import Page, Reader, StreamGone
from services.worker.polling.windows import Window

log = logging.getLogger(__name__)

_READ = 500  # records asked for at least; what is beyond a batch waits in a lane
_READ_LIMIT = 10_000  # GetRecords' own
_ROOM = 10_000  # records that may wait in a lane, on average
_ROOM_BYTES = 64 * 1024 * 1024  # and in all lanes together; more than a full batch for each of ten lanes
_WARM = 10.0  # seconds after a record during which a shard counts as busy
_OFFLINE = 5.0  # seconds; the longest pause between attempts to reach Kinesis


class Consumer:
    """Runs until the shard ends, the lease is lost, or stop() is called.

    note: keeps the text of the mapping's LastProcessingResult; window: the tumbling window stored with the lease.
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
        window: Window | None = None,
    ) -> None:
        self.reader = reader
        self.pace = pace
        self.stream_gone = False
        self._shard = Shard(mapping, delivery, lease, pace, note, window)
        self._lanes: list[Lane] = []
        self._surplus: list[Record] = []
        self._last_record = time.monotonic()
        self._offline = 0

    @property
    def mapping(self) -> EventSourceMapping:
        """The mapping; a new one counts from the next batch on, another factor once the batches in hand are done."""
        return self._shard.mapping

    @mapping.setter
    def mapping(self, mapping: EventSourceMapping) -> None:
        changed = mapping != self._shard.mapping
        self._shard.mapping = mapping
        if changed:
            self._shard.draining = self._shard.draining or mapping.factor != len(self._lanes)
            self._wake()

    @property
    def trouble(self) -> str:
        """Why the shard cannot be read at the moment; empty while it can."""
        return self._shard.trouble

    def stop(self) -> None:
        """End after the batches in hand."""
        self._shard.stop.set()
        self._wake()

    async def run(self) -> None:
        where = {"mapping": self.mapping.uuid, "shard": self._shard.name}
        try:
            while not self._shard.stop.is_set():
                await self._generation()
        except LeaseLost:
            log.warning(line("lease-lost", **where))
        finally:
            self.reader.close()
        if self.stream_gone:
            log.warning(line("stream-gone", **where))

    async def _generation(self) -> None:
        """As many lanes as the factor says, until it changes, or until the shard ends."""
        self._open_lanes()
        tasks = [asyncio.create_task(lane.run(), name=f"{self._shard.name}/{lane.number}") for lane in self._lanes]
        for task in tasks:
            task.add_done_callback(self._lane_ended)
        try:
            await self._read_on()
            await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            task.result()
        self._surplus = sorted((one for lane in self._lanes for one in lane.buffer.empty()), key=_sequence)
        if self.reader.ended and not self._surplus and not self._window_is_due():
            await self._end()

    def _window_is_due(self) -> bool:
        """Whether the lanes were drained before the last window's final invocation."""
        return windows.due(self._shard.window, self.mapping.tumbling, None, self._shard.horizon)

    def _open_lanes(self) -> None:
        self._shard.draining = False
        self._shard.ledger = Ledger()
        self._lanes = [Lane(self._shard, number) for number in range(self.mapping.factor)]
        self._spread(self._surplus)

    def _lane_ended(self, task: asyncio.Task[None]) -> None:
        """One that failed stops the others, after their batches in hand."""
        if not task.cancelled() and task.exception():
            self.stop()

    async def _read_on(self) -> None:
        try:
            while not (self._shard.stop.is_set() or self._shard.draining or self.reader.ended):
                await self._pause(await self._turn())
        except StreamGone:
            self.stream_gone = True
            self.stop()
        self._shard.ended = self.reader.ended
        self._wake()

    async def _turn(self) -> float:
        """Read once; returns the pause that is due, in seconds. After an error the next turn goes on where this was."""
        started, moment = time.monotonic(), time.time()
        limit = min(_READ_LIMIT, max(_READ, self.mapping.batch_size))
        try:
            page = await self.reader.read(limit)
            await self._take_in(page, moment)
        except (ClientError, BotoCoreError) as error:
            return self._failed(error)
        self._offline, self._shard.trouble = 0, ""
        if page.behind or page.ended or len(page.records) == limit:
            return 0.0
        return self._interval() - (time.monotonic() - started)

    async def _take_in(self, page: Page, moment: float) -> None:
        if page.records:
            self._last_record = time.monotonic()
        kept, shard = passing(self.mapping.settings, page.records), self._shard
        counting.polled(self.mapping, len(page.records), len(kept))
        self._spread(kept)
        shard.ledger.passed(self.reader.position.after)
        if not page.behind:
            shard.read_until = moment
        if page.records or shard.window:
            self._wake()
        if not any(len(lane.buffer) or lane.busy for lane in self._lanes):  # all of it was filtered out
            await shard.store()

    def _spread(self, records: tuple[Record, ...] | list[Record]) -> None:
        now, shares = time.monotonic(), {lane: list[Record]() for lane in self._lanes}
        for record in records:
            lane = self._lanes[lane_of(record, len(self._lanes))]
            shares[lane].append(record)
            self._shard.ledger.add(record.sequence, lane.number)
        for lane, share in shares.items():
            lane.buffer.add(share, now)

    async def _end(self) -> None:
        """Everything is done, the last window too: the children may be read."""
        while not self._shard.stop.is_set():
            try:
                await self._shard.lease.checkpoint(SHARD_END)
                self.stop()
            except (ClientError, BotoCoreError) as error:
                await self._pause(self._failed(error))

    def _wake(self) -> None:
        self._shard.room.set()
        for lane in self._lanes:
            lane.wake.set()

    def _hungry(self) -> bool:
        """Whether a lane waits for more than it has, and there is room for that."""
        size, buffers = self.mapping.batch_size, [lane.buffer for lane in self._lanes]
        room = sum(map(len, buffers)) < _ROOM * len(buffers) and sum(one.size for one in buffers) < _ROOM_BYTES
        return room and not all(buffer.holds(size) for buffer in buffers)

    def _interval(self) -> float:
        busy = time.monotonic() - self._last_record < _WARM
        return self.pace.poll if busy else self.pace.idle_poll

    def _failed(self, error: Exception) -> float:
        self._shard.trouble = str(error)
        if self._offline == 0:
            log.warning(line("cannot-read", mapping=self.mapping.uuid, shard=self._shard.name, error=error))
        self._offline = min(self._offline + 1, 8)
        return min(_OFFLINE, self.pace.poll * 2.0**self._offline)

    async def _pause(self, seconds: float) -> None:
        """So long, and until there is room for more."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._shard.stop.wait(), seconds)
        while not (self._shard.stop.is_set() or self._shard.draining or self._hungry()):
            self._shard.room.clear()
            await self._shard.room.wait()


def _sequence(record: Record) -> int:
    return int(record.sequence)
