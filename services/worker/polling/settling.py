"""Brings event source mappings to the state that they announce.

A mapping is Enabled once every shard of its stream has a row that says where to start; Disabled once nobody reads for
it any more; and gone once its rows are.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

from cloud.log import line
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling import pinning, shares
from services.worker.polling.leases import Lease, Leases
from services.worker.polling.shares import LeaseKey
from services.worker.polling.streams import Streams

log = logging.getLogger(__name__)

_SHARDS_KNOWN = 30.0  # seconds for which a list of shards counts; the end of a shard asks for a new one at once


class Settler:
    """Knows when it last looked at which stream's shards."""

    def __init__(self, mappings: EventSourceMappings, streams: Streams, leases: Leases) -> None:
        self.mappings = mappings
        self.streams = streams
        self.leases = leases
        self._looked: dict[str, float] = {}

    def look_again(self, mapping_id: str) -> None:
        """The shards of the mapping's stream have changed."""
        self._looked.pop(mapping_id, None)

    async def enable(self, mapping: EventSourceMapping, rows: list[Lease]) -> list[Lease]:
        """Give every shard its row; returns the mapping's rows as they are then, none if its stream is missing."""
        own = [row for row in rows if row.mapping == mapping.uuid]
        now = time.monotonic()
        if mapping.state == "Enabled" and now - self._looked.get(mapping.uuid, -_SHARDS_KNOWN) < _SHARDS_KNOWN:
            return own
        created = await self.streams.created(mapping.source_arn)
        if created is None:
            return []
        shards = await self.streams.shards(mapping.source_arn)
        tips = {}
        if pinning.needs_tips(mapping):
            tips = await self.streams.tips(mapping.source_arn, shards, time.time())
        added = pinning.missing(mapping, created, shards, own, tips)
        dropped = pinning.obsolete(mapping, created, shards, own)
        await asyncio.gather(*map(self.leases.add, added), *map(self.leases.drop, dropped))
        if mapping.state != "Enabled" or mapping.stream_created != created:
            await self.mappings.settle(mapping, created)
            log.info(line("enabled", mapping=mapping.uuid, stream=mapping.stream, shards=len(shards)))
        self._looked[mapping.uuid] = now
        return [row for row in [*own, *added] if row not in dropped]

    async def disable(self, mapping: EventSourceMapping, rows: Iterable[Lease], stale: set[LeaseKey]) -> None:
        """Nobody here reads for the mapping any more: say so once nobody elsewhere does, or remove it."""
        own = [row for row in rows if row.mapping == mapping.uuid]
        if mapping.state == "Deleting":
            await asyncio.gather(*map(self.leases.drop, own))
            await self.mappings.remove(mapping)
        elif mapping.state != "Disabled" and not any(row.owner and shares.key(row) not in stale for row in own):
            await self.mappings.settle(mapping, None)
