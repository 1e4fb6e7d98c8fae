"""Which rows of leases a mapping needs for the shards that its stream lists, and where each shard starts.

Pure. LATEST is pinned for all shards at once, to where it is when the mapping is made ready, so that a reader that
comes later cannot skip what was put meanwhile; shards that appear afterwards are read from their beginning, whatever
the mapping's StartingPosition says.
"""

from collections.abc import Iterable, Mapping

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.leases import SHARD_END, Lease
from services.worker.polling.source import Position, Shard


def missing(
    mapping: EventSourceMapping,
    created: int,
    shards: Iterable[Shard],
    rows: Iterable[Lease],
    tips: Mapping[str, Position],
) -> list[Lease]:
    """The rows to add. created: the stream's creation time; tips: where LATEST is now in every open shard."""
    known = {row.shard for row in rows if row.mapping == mapping.uuid and row.stream_created == created}
    return [_row(mapping, created, shard, tips) for shard in shards if shard.shard_id not in known]


def needs_tips(mapping: EventSourceMapping) -> bool:
    """Whether the mapping starts now, and at LATEST."""
    return mapping.stream_created is None and mapping.settings.get("StartingPosition") == "LATEST"


def obsolete(mapping: EventSourceMapping, created: int, shards: Iterable[Shard], rows: Iterable[Lease]) -> list[Lease]:
    """The rows to drop: of another stream of that name, or of shards that ended and are not listed any more."""
    listed = {shard.shard_id for shard in shards}
    return [
        row
        for row in rows
        if row.mapping == mapping.uuid and (row.stream_created != created or (row.ended and row.shard not in listed))
    ]


def _row(mapping: EventSourceMapping, created: int, shard: Shard, tips: Mapping[str, Position]) -> Lease:
    start = Position("TRIM_HORIZON")
    if mapping.stream_created is None:  # it starts for the first time
        position = mapping.settings.get("StartingPosition", "TRIM_HORIZON")
        start = Position(position, float(mapping.settings.get("StartingPositionTimestamp", 0.0)))
    if start.after == "LATEST":
        start = tips.get(shard.shard_id) or Position(SHARD_END)
    return Lease(mapping.uuid, created, shard.shard_id, shard.parents, start.after, start.timestamp)
