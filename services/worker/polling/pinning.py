"""Which rows of leases a mapping needs for the shards that its stream lists, and where each shard starts.

Pure. LATEST is pinned for all shards at once, as the moment at which the mapping was made ready, so that a reader that
comes later cannot skip what was put meanwhile; shards that appear afterwards are read from their beginning, whatever
the mapping's StartingPosition says.
"""

from collections.abc import Iterable

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.leases import SHARD_END, Lease
from services.worker.polling.streams import Shard


def missing(
    mapping: EventSourceMapping, created: int, shards: Iterable[Shard], rows: Iterable[Lease], now: float
) -> list[Lease]:
    """The rows to add. created: the stream's creation time; now: epoch seconds."""
    known = {row.shard for row in rows if row.mapping == mapping.uuid and row.stream_created == created}
    return [_row(mapping, created, shard, now) for shard in shards if shard.shard_id not in known]


def obsolete(mapping: EventSourceMapping, created: int, shards: Iterable[Shard], rows: Iterable[Lease]) -> list[Lease]:
    """The rows to drop: of another stream of that name, or of shards that ended and are not listed any more."""
    listed = {shard.shard_id for shard in shards}
    return [
        row
        for row in rows
        if row.mapping == mapping.uuid and (row.stream_created != created or (row.ended and row.shard not in listed))
    ]


def _row(mapping: EventSourceMapping, created: int, shard: Shard, now: float) -> Lease:
    start, timestamp = "TRIM_HORIZON", 0.0
    if mapping.stream_created is None:  # it starts for the first time
        start = mapping.settings["StartingPosition"]
        timestamp = float(mapping.settings.get("StartingPositionTimestamp", 0.0))
    if start == "LATEST":
        start, timestamp = (SHARD_END, 0.0) if shard.closed else ("AT_TIMESTAMP", int(now * 1000) / 1000)
    return Lease(mapping.uuid, created, shard.shard_id, shard.parents, start, timestamp)
