"""Which leases a replica takes, and which it asks for, so that all shards are read and the replicas share them.

Pure: the rows as they were just read, and what was seen of them before, come in.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from services.worker.polling.leases import Lease

LeaseKey = tuple[str, int, str]


def key(lease: Lease) -> LeaseKey:
    return lease.mapping, lease.stream_created, lease.shard


def runnable(leases: Iterable[Lease]) -> list[Lease]:
    """The leases of shards that can be read now: not at their end, and all their parents are.

    A parent without a row is one that the stream does not list any more, or that ended before the mapping began.
    """
    leases = list(leases)
    unfinished = {key(lease) for lease in leases if not lease.ended}
    return [
        lease
        for lease in leases
        if not lease.ended
        and not any((lease.mapping, lease.stream_created, parent) in unfinished for parent in lease.parents)
    ]


class Watch:
    """Notices leases whose owner stopped renewing them: their counter has stood still for patience seconds."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._seen: dict[LeaseKey, tuple[int, float]] = {}

    def stale(self, leases: Iterable[Lease], now: float) -> set[LeaseKey]:
        """Look at all rows; call it every few seconds. now: seconds of a clock that only goes forward."""
        seen = {}
        for lease in leases:
            counter, since = self._seen.get(key(lease), (-1, now))
            seen[key(lease)] = (lease.counter, since if counter == lease.counter else now)
        self._seen = seen
        return {name for name, (_, since) in seen.items() if now - since >= self.patience}


def to_take(leases: Iterable[Lease], stale: set[LeaseKey], me: str, predecessors: str = "") -> list[Lease]:
    """The leases that nobody reads: free, abandoned, or my own by right.

    me: this process; predecessors: what the names of this replica's earlier processes begin with, as long as it has
    just started: what they held is taken at once.
    """
    return [
        lease
        for lease in leases
        if lease.owner in {"", me} or key(lease) in stale or (predecessors and lease.owner.startswith(predecessors))
    ]


def to_ask_for(leases: Iterable[Lease], me: str) -> Lease | None:
    """A lease of the replica that has most, when it has at least two more than this one."""
    leases = list(leases)
    if any(lease.wanted_by == me for lease in leases):
        return None  # one at a time
    held: Mapping[str, int] = Counter(lease.owner for lease in leases if lease.owner)
    richest = max(held, key=lambda owner: (held[owner], owner), default=me)
    if held.get(richest, 0) - held.get(me, 0) < 2:
        return None
    return min((lease for lease in leases if lease.owner == richest), key=key)
