"""Who reads which shard, and how far it is done: one row per mapping and shard, as the Kinesis Client Library keeps it.

https://docs.aws.amazon.com/streams/latest/dg/kcl-concepts.html
Every write is conditional on the owner and on a counter that grows with each write, so a replica that was paused and
comes back after its lease was taken over cannot move a position. A row's key holds the stream's creation time: a
stream that was made again under the same name has positions of its own.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cloud.errors import FogbankError
from services.worker.polling.source import Position
from services.worker.polling.window_store import WindowStore
from services.worker.polling.windows import Window
from services.worker.tables import Conflict, Item, Table

SHARD_END = "SHARD_END"


class LeaseLost(FogbankError):
    """Another replica owns the shard now, or the row is gone: stop, and store nothing."""


@dataclass(frozen=True)
class Lease:
    """A row. checkpoint: a sequence number, "TRIM_HORIZON", "AT_TIMESTAMP" or "SHARD_END".

    owner: the process that reads, empty for none; wanted_by: the process that asked to be next; window: the tumbling
    window that goes with the checkpoint, as the WindowStore packed it.
    """

    mapping: str
    stream_created: int
    shard: str
    parents: tuple[str, ...] = ()
    checkpoint: str = "TRIM_HORIZON"
    timestamp: float = 0.0
    owner: str = ""
    counter: int = 0
    wanted_by: str = ""
    window: Item | None = None

    @property
    def key(self) -> dict[str, str]:
        return {"mapping": self.mapping, "shard": f"{self.stream_created}/{self.shard}"}

    @property
    def ended(self) -> bool:
        return self.checkpoint == SHARD_END

    @property
    def position(self) -> Position:
        return Position(self.checkpoint, self.timestamp)


class Leases:
    """The table of leases. owner: this process, another one after every start."""

    def __init__(
        self, table: Table, owner: str, windows: WindowStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.table = table
        self.owner = owner
        self.windows = windows
        self.clock = clock

    async def all(self) -> list[Lease]:
        return [_lease(item) for item in await self.table.scan()]

    async def add(self, lease: Lease) -> None:
        """A new row; nothing happens when there is one already."""
        try:
            await self.table.create(_item(lease))
        except Conflict:
            return

    async def drop(self, lease: Lease) -> None:
        await self.table.delete(lease.key)
        await self.windows.drop(lease.window)

    async def take(self, lease: Lease) -> "HeldLease | None":
        """Own a lease, unless somebody wrote to its row since it was read. Where to start is what the row says."""
        started, changes = self.clock(), {"owner": self.owner, "counter": lease.counter + 1}
        try:
            item = await self.table.update(lease.key, changes, _expectation(lease), remove=("wanted_by",))
        except Conflict:
            return None
        return HeldLease(self.table, self.windows, _lease(item), started, self.clock)

    async def ask_for(self, lease: Lease) -> None:
        """Ask the owner to hand the lease over when its batch in hand is done."""
        try:
            await self.table.update(lease.key, {"wanted_by": self.owner}, _expectation(lease))
        except Conflict:
            return


class HeldLease:
    """A lease that this process owns. Its methods raise LeaseLost once it does not; they may be called concurrently."""

    def __init__(
        self, table: Table, windows: WindowStore, lease: Lease, renewed: float, clock: Callable[[], float]
    ) -> None:
        self.table = table
        self.windows = windows
        self.lease = lease
        self.renewed = renewed
        self.clock = clock
        self.lost = False
        self._one_at_a_time = asyncio.Lock()

    async def renew(self) -> None:
        """Show that the owner is alive."""
        await self._write()

    async def checkpoint(self, position: str, window: Window | None = None) -> None:
        """Store that everything up to this sequence number is done, or that the shard is (SHARD_END).

        position: empty for the one that is stored; window: the tumbling window after it, None for the stored one.
        Both are stored in one write.
        """
        if window is None:
            await self._write(checkpoint=position)
            return
        old, packed = self.lease.window, await self.windows.pack(window)
        try:
            await self._write(checkpoint=position, window=packed)
        except LeaseLost:
            await self.windows.drop(packed)
            raise
        await self.windows.drop(old)

    async def window(self) -> Window | None:
        """The tumbling window that is stored with the position."""
        return await self.windows.unpack(self.lease.window)

    async def release(self) -> None:
        """Give the lease to whoever asked for it, or to anybody."""
        await self._write(owner=self.lease.wanted_by, remove=("wanted_by",))
        self.lost = True

    async def _write(self, remove: tuple[str, ...] = (), checkpoint: str = "", **changes: Any) -> None:
        """changes: of the lease as it is once it is this write's turn; another one may be under way."""
        async with self._one_at_a_time:
            if self.lost:
                raise LeaseLost(str(self.lease.key))
            started = self.clock()
            while (item := await self._update(remove, checkpoint, changes)) is None:
                await self._look_for_own_write()
            self.lease = _lease(item)
            self.renewed = started

    async def _update(self, remove: tuple[str, ...], checkpoint: str, changes: Item) -> Item | None:
        """The row after a write; None when it is not as it was left."""
        position = _later(self.lease.checkpoint, checkpoint)
        new = replace(self.lease, checkpoint=position, counter=self.lease.counter + 1, **changes)
        try:
            return await self.table.update(
                self.lease.key, _difference(self.lease, new), _expectation(self.lease), remove
            )
        except Conflict:
            return None

    async def _look_for_own_write(self) -> None:
        """A write whose answer was lost went through all the same: the next one goes on from it. Else LeaseLost."""
        item = await self.table.get(self.lease.key)
        if item is None or (item["owner"], item["counter"]) != (self.lease.owner, self.lease.counter + 1):
            self.lost = True
            raise LeaseLost(str(self.lease.key))
        self.lease = _lease(item)


def _later(old: str, new: str) -> str:
    """A position never goes back: sentinels, then numbers, then the shard's end."""
    return max(old, new, key=_rank)


def _rank(checkpoint: str) -> tuple[int, int]:
    if checkpoint == SHARD_END:
        return 2, 0
    return (1, int(checkpoint)) if checkpoint.isdigit() else (0, 0)


def _changes(lease: Lease) -> Item:
    return {"checkpoint": lease.checkpoint, "owner": lease.owner, "counter": lease.counter}


def _difference(old: Lease, new: Lease) -> Item:
    """A window is written when it changes only: it may be large."""
    return {**_changes(new), **({"window": new.window} if new.window != old.window else {})}


def _expectation(lease: Lease) -> Item:
    return {"owner": lease.owner, "counter": lease.counter}


def _item(lease: Lease) -> Item:
    return {
        **lease.key,
        **_changes(lease),
        "stream_created": lease.stream_created,
        "shard_id": lease.shard,
        "parents": list(lease.parents),
        "timestamp": lease.timestamp,
    }


def _lease(item: dict[str, Any]) -> Lease:
    return Lease(
        mapping=item["mapping"],
        stream_created=item["stream_created"],
        shard=item["shard_id"],
        parents=tuple(item["parents"]),
        checkpoint=item["checkpoint"],
        timestamp=float(item["timestamp"]),
        owner=item["owner"],
        counter=item["counter"],
        wanted_by=item.get("wanted_by", ""),
        window=item.get("window"),
    )
