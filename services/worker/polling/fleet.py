"""All consumers of this replica: it starts and stops them as mappings and leases change, and keeps the leases alive.

One round every refresh_interval: read the mappings and the leases, bring mappings to the state they announce, take or
hand over shards. What goes wrong in a round is tried again in the next one.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError, Unavailable
from cloud.log import line
from services.worker.functions.registry import Functions
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling import pinning, shares
from services.worker.polling.consumer import Consumer, Pace
from services.worker.polling.delivery import Delivery
from services.worker.polling.kinesis import ShardReader
from services.worker.polling.leases import HeldLease, Lease, LeaseLost, Leases
from services.worker.polling.shares import LeaseKey, Watch
from services.worker.polling.streams import Streams

log = logging.getLogger(__name__)

OFFLINE = (ClientError, BotoCoreError, Unavailable)
_SHARDS_KNOWN = 30.0  # seconds for which a list of shards counts; the end of a shard asks for a new one at once
_GRACE = 4.0  # seconds that batches in hand get at the end


@dataclass
class _Running:
    consumer: Consumer
    lease: HeldLease
    task: asyncio.Task[None]


class Fleet:
    """me: this process's owner name, "<replica>/<anything unique>"."""

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
        self.trouble: str | None = "the worker has not read its tables yet"
        self._running: dict[LeaseKey, _Running] = {}
        self._watch = Watch(pace.lease)
        self._shards_read: dict[str, float] = {}
        self._first = True
        self._wake = asyncio.Event()
        self._stop = False

    def wake(self) -> None:
        """Something changed: the next round begins now."""
        self._wake.set()

    async def run(self) -> None:
        """Until close()."""
        while not self._stop:
            self._wake.clear()
            try:
                await self._round()
                self.trouble = None
            except OFFLINE as error:
                if not self.trouble:
                    log.warning(line("offline", error=error))
                self.trouble = str(error)
            except Exception:
                log.exception("a round of the fleet failed")
            await self._rest()

    async def close(self) -> None:
        """Stop after the batches in hand, and give the leases back."""
        self._stop = True
        self.wake()
        for running in self._running.values():
            running.consumer.stop()
        if self._running:
            _, late = await asyncio.wait({running.task for running in self._running.values()}, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await asyncio.gather(*map(self._retire, list(self._running)), return_exceptions=True)

    def troubles(self) -> list[str]:
        """What keeps this replica from its work, in words."""
        shards = {
            f"stream {running.consumer.mapping.stream}: {running.consumer.trouble}"
            for running in self._running.values()
            if running.consumer.trouble
        }
        return [*([f"tables: {self.trouble}"] if self.trouble else []), *sorted(shards)]

    async def _round(self) -> None:
        for name in [name for name, running in self._running.items() if running.task.done()]:
            await self._retire(name)
        rows, mappings = await self.leases.all(), await self.mappings.all()
        stale = self._watch.stale(rows, time.monotonic())
        for mapping in mappings:
            rows = await self._settle(mapping, rows, stale)
        enabled = {
            mapping.uuid: mapping for mapping in mappings if mapping.enabled and mapping.stream_created is not None
        }
        await asyncio.gather(*(self._attend(running, enabled) for running in self._running.values()))
        await self._share([row for row in shares.runnable(rows) if row.mapping in enabled], enabled, stale)
        self._first = False

    async def _settle(self, mapping: EventSourceMapping, rows: list[Lease], stale: set[LeaseKey]) -> list[Lease]:
        """Bring the mapping to the state that it announces; returns the rows as they are then."""
        if mapping.enabled:
            return await self._pin(mapping, rows)
        own = [row for row in rows if row.mapping == mapping.uuid]
        if any(name[0] == mapping.uuid for name in self._running):
            for name, running in self._running.items():
                if name[0] == mapping.uuid:
                    running.consumer.stop()
        elif mapping.state == "Deleting":
            await asyncio.gather(*map(self.leases.drop, own))
            await self.mappings.remove(mapping)
        elif mapping.state != "Disabled" and not any(row.owner and shares.key(row) not in stale for row in own):
            await self.mappings.settle(mapping, None)
        return rows

    async def _pin(self, mapping: EventSourceMapping, rows: list[Lease]) -> list[Lease]:
        now = time.monotonic()
        if mapping.state == "Enabled" and now - self._shards_read.get(mapping.uuid, -_SHARDS_KNOWN) < _SHARDS_KNOWN:
            return rows
        created = await self.streams.created(mapping.source_arn)
        if created is None:
            return [row for row in rows if row.mapping != mapping.uuid]  # nobody can read it
        shards = await self.streams.shards(mapping.source_arn)
        added = pinning.missing(mapping, created, shards, rows, time.time())
        await asyncio.gather(*map(self.leases.add, added))
        dropped = pinning.obsolete(mapping, created, shards, rows)
        await asyncio.gather(*map(self.leases.drop, dropped))
        if mapping.state != "Enabled" or mapping.stream_created != created:
            await self.mappings.settle(mapping, created)
            self.wake()  # to read the mapping as it is now
        self._shards_read[mapping.uuid] = now
        return [row for row in [*rows, *added] if row not in dropped]

    async def _attend(self, running: _Running, enabled: dict[str, EventSourceMapping]) -> None:
        """A running consumer: give it the mapping as it is now, keep its lease alive, stop it when it must."""
        mapping = enabled.get(running.consumer.mapping.uuid)
        if mapping is None or running.lease.lost or running.lease.lease.wanted_by:
            running.consumer.stop()
        if mapping:
            running.consumer.mapping = mapping
        if time.monotonic() - running.lease.renewed >= self.pace.lease / 3 - self.refresh / 2:
            try:
                await running.lease.renew()
            except LeaseLost:
                running.consumer.stop()

    async def _share(self, rows: list[Lease], enabled: dict[str, EventSourceMapping], stale: set[LeaseKey]) -> None:
        me = self.leases.owner
        predecessors = me.partition("/")[0] + "/" if self._first else ""
        free = [row for row in rows if shares.key(row) not in self._running]
        for row in shares.to_take(free, stale, me, predecessors):
            if lease := await self.leases.take(row):
                await self._start(enabled[row.mapping], lease)
        if not self._first and (wanted := shares.to_ask_for(rows, me)):
            log.info(line("ask-for-lease", shard=wanted.shard, owner=wanted.owner))
            await self.leases.ask_for(wanted)

    async def _start(self, mapping: EventSourceMapping, lease: HeldLease) -> None:
        row = lease.lease
        reader = ShardReader(
            self.streams.kinesis,
            mapping.source_arn,
            row.shard,
            stream_created=row.stream_created,
            position=row.position,
            identity=await self._role(mapping),
        )
        consumer = Consumer(
            mapping, reader, delivery=self.delivery, lease=lease, pace=self.pace, note=self.mappings.note_result
        )
        task = asyncio.create_task(consumer.run(), name=f"{mapping.stream}/{row.shard}")
        task.add_done_callback(lambda _: self.wake())
        self._running[shares.key(row)] = _Running(consumer, lease, task)
        log.info(line("read-shard", mapping=mapping.uuid, shard=row.shard, position=row.checkpoint))

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
            self._shards_read.pop(name[0], None)
        if not running.lease.lost:
            try:
                await running.lease.release()
            except (LeaseLost, *OFFLINE) as problem:
                log.warning(line("not-released", shard=name[2], error=problem))

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), self.refresh)
        except TimeoutError:
            return


def positions(mappings: list[EventSourceMapping], rows: list[Lease]) -> list[dict[str, Any]]:
    """How far every shard is done, for GET /positions; owner is the replica's name."""
    by_id = {mapping.uuid: mapping for mapping in mappings}
    return [
        {
            "mapping": row.mapping,
            "function": by_id[row.mapping].function.name,
            "stream": by_id[row.mapping].stream,
            "shard": row.shard,
            "checkpoint": row.checkpoint,
            "owner": row.owner.partition("/")[0],
        }
        for row in sorted(rows, key=shares.key)
        if row.mapping in by_id
    ]
