"""How far every shard of every mapping is done, for GET /positions."""

from collections.abc import Iterable
from typing import Any

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import shares
from services.worker.polling.leases import Lease


def positions(mappings: Iterable[EventSourceMapping], rows: Iterable[Lease]) -> list[dict[str, Any]]:
    """One entry per shard of a stream that is, or was, read. owner: the replica that reads it, empty for none."""
    by_id = {mapping.uuid: mapping for mapping in mappings if mapping.kind.stream}
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
