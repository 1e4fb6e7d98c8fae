"""All consumers of this replica: it starts and stops them as mappings and leases change, and keeps the leases alive.

One round every refresh interval: read the mappings and the leases, bring mappings to the state they announce, take or
hand over shards. What goes wrong in a round is tried again in the next one.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError, Unavailable
from cloud.log import line
from services.worker.functions.registry import Functions
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.registry import EventSourceMappings
from services.worker.mappings.sources import Kind
from services.worker.polling import shares
from services.worker.polling.consumer import Consumer
from services.worker.polling.delivery import Delivery
from services.worker.polling.lane import Pace
from services.worker.polling.leases import HeldLease, Lease, LeaseLost, Leases
from services.worker.polling.settling import Settler
from services.worker.polling.shares import LeaseKey, Watch
from services.worker.polling.sqs import QueuePoller
from services.worker.polling.streams import Streams

log = logging.getLogger(__name__)

OFFLINE = (ClientError, BotoCoreError, Unavailable)
_GRACE = 4.0  # seconds that batches in hand get at the end


@dataclass
class _Running:
    consumer: Consumer | QueuePoller
    lease: HeldLease
    task: asyncio.Task[None]


class Fleet:
    """refresh: seconds between rounds."""

    def __init__(
        self,
        mappings: EventSourceMappings,
        functions: Functions,
        *,
        streams: Streams,
        leases: Leases,
        delivery: Delivery,
        pace: Pace,
        refresh: float,
    ) -> None:
        self.mappings = mappings
        self.functions = functions
        self.streams = streams
        self.leases = leases
        self.delivery = delivery
        self.pace = pace
        self.refresh = refresh
        self.settler = Settler(mappings, streams, leases)
        self._running: dict[LeaseKey, _Running] = {}
        self._watch = Watch(pace.lease)
        self._troubles = {"tables": "not read yet"}
        self._first = True
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()

    def wake(self) -> None:
        """Something changed: the next round begins now."""
        self._wake.set()

    def troubles(self) -> list[str]:
        """What keeps this replica from its work, in words."""
        shards = {
            f"stream {running.consumer.mapping.stream}": running.consumer.trouble
            for running in self._running.values()
            if running.consumer.trouble
        }
        return [f"{what}: {why}" for what, why in sorted({**shards, **self._troubles}.items())]

    async def run(self) -> None:
        """Until close()."""
        await asyncio.gather(self._rounds(), self._renewals())

    async def close(self) -> None:
        """Stop after the batches in hand, and give the leases back."""
        self._stop.set()
        self.wake()
        for running in self._running.values():
            running.consumer.stop()
        if self._running:
            _, late = await asyncio.wait({running.task for running in self._running.values()}, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await asyncio.gather(*map(self._retire, list(self._running)))

    async def _rounds(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            await self._attempt("tables", self._round())
            await _wait(self._wake, self.refresh)

    async def _renewals(self) -> None:
        """Apart from the rounds: leases must not run out because a stream is slow to describe."""
        while not await _wait(self._stop, self.pace.lease / 3):
            due = [running for running in self._running.values() if not running.lease.lost]
            await asyncio.gather(*(self._attempt("leases", self._renew(running)) for running in due))

    async def _round(self) -> None:
        for name in [name for name, running in self._running.items() if running.task.done()]:
            await self._retire(name)
        rows, mappings = await self.leases.all(), await self.mappings.all()
        self._forget(mappings)
        stale = self._watch.stale(rows, time.monotonic())
        await self._sweep(rows, {mapping.uuid for mapping in mappings})
        readable: list[Lease] = []
        for mapping in mappings:
            await self._attempt(f"stream {mapping.stream}", self._settle(mapping, rows, stale, readable))
        enabled = {mapping.uuid: mapping for mapping in mappings if mapping.enabled}
        for running in self._running.values():
            self._attend(running, enabled)
        await self._share(shares.runnable(readable), enabled, stale)
        self._first = False

    def _forget(self, mappings: list[EventSourceMapping]) -> None:
        """Troubles with what is not there any more: nobody will try it again."""
        there = {
            "tables",
            *(f"stream {mapping.stream}" for mapping in mappings),
            *(["leases"] if self._running else []),
        }
        self._troubles = {what: why for what, why in self._troubles.items() if what in there}

    async def _sweep(self, rows: list[Lease], known: set[str]) -> None:
        """Rows that a replica added while another removed their mapping. The mappings were read after the rows."""
        for row in rows:
            if row.mapping not in known:
                await self.leases.drop(row)

    async def _settle(
        self, mapping: EventSourceMapping, rows: list[Lease], stale: set[LeaseKey], readable: list[Lease]
    ) -> None:
        """Adds the mapping's rows to readable, if there is something to read."""
        if mapping.enabled:
            readable += await self.settler.enable(mapping, rows)
        elif not any(uuid == mapping.uuid for uuid, _, _ in self._running):
            await self.settler.disable(mapping, rows, stale)

    def _attend(self, running: _Running, enabled: dict[str, EventSourceMapping]) -> None:
        """A running consumer: give it the mapping as it is now, and stop it when it must."""
        mapping = enabled.get(running.consumer.mapping.uuid)
        if mapping is None or running.lease.lost or running.lease.lease.wanted_by:
            running.consumer.stop()
        else:
            running.consumer.mapping = mapping

    async def _share(self, rows: list[Lease], enabled: dict[str, EventSourceMapping], stale: set[LeaseKey]) -> None:
        me = self.leases.owner
        predecessors = me.partition("/")[0] + "/" if self._first else ""
        free = [row for row in rows if shares.key(row) not in self._running]
        for row in shares.to_take(free, stale, me, predecessors):
            if not self._stop.is_set() and (lease := await self.leases.take(row)):
                await self._start(enabled[row.mapping], lease)
        if not self._first and (wanted := shares.to_ask_for(rows, me)):
            log.info(line("ask-for-lease", shard=wanted.shard, owner=wanted.owner))
            await self.leases.ask_for(wanted)

    async def _start(self, mapping: EventSourceMapping, lease: HeldLease) -> None:
        row = lease.lease
        consumer = self._poller(mapping, lease) if mapping.kind is Kind.SQS else await self._consumer(mapping, lease)
        if self._stop.is_set():  # close() came meanwhile, and has not seen this one
            await self._attempt("leases", self._release(lease))
            return
        task = asyncio.create_task(consumer.run(), name=f"{mapping.stream}/{row.shard}")
        task.add_done_callback(lambda _: self.wake())
        self._running[shares.key(row)] = _Running(consumer, lease, task)
        log.info(line("read-shard", mapping=mapping.uuid, shard=row.shard, position=row.checkpoint))

    def _poller(self, mapping: EventSourceMapping, lease: HeldLease) -> QueuePoller:
        return QueuePoller(mapping, self.streams.queues, delivery=self.delivery, lease=lease, pace=self.pace)

    async def _consumer(self, mapping: EventSourceMapping, lease: HeldLease) -> Consumer:
        row, identity = lease.lease, await self._role(mapping)
        reader = self.streams.reader(mapping.source_arn, row.shard, row.stream_created, row.position, identity)
        return Consumer(
            mapping,
            reader,
            delivery=self.delivery,
            lease=lease,
            pace=self.pace,
            note=self.mappings.note_result,
            window=await lease.window(),
        )

    async def _role(self, mapping: EventSourceMapping) -> str:
        try:
            return (await self.functions.find(mapping.function)).role
        except AwsError:  # deleted while mapped
            return ""

    async def _retire(self, name: LeaseKey) -> None:
        """A consumer has ended: give its lease back, and look at the shards anew if it ended for their sake."""
        running = self._running.pop(name)
        if not running.task.cancelled() and (error := running.task.exception()):
            log.error(line("consumer-failed", shard=name[2]), exc_info=error)
        if running.lease.lease.ended or running.consumer.stream_gone:
            self.settler.look_again(name[0])
        await self._attempt("leases", self._release(running.lease))

    async def _renew(self, running: _Running) -> None:
        """A lease that was written to lately needs no renewal."""
        if time.monotonic() - running.lease.renewed < self.pace.lease / 6:
            return
        try:
            await running.lease.renew()
        except LeaseLost:
            running.consumer.stop()

    async def _release(self, lease: HeldLease) -> None:
        with contextlib.suppress(LeaseLost):
            await lease.release()

    async def _attempt(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something that may fail and is tried again; remember whether it did."""
        try:
            await work
        except OFFLINE as error:
            if what not in self._troubles:
                log.warning(line("offline", what=what, error=error))
            self._troubles[what] = str(error)
        except Exception:
            log.exception(line("failed", what=what))
        else:
            self._troubles.pop(what, None)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came before the time was over."""
    try:
        return await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
