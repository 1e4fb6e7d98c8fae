"""How windows are kept: with the position, in one write, whatever their size."""

import asyncio
from collections.abc import Sequence

import pytest

from services.worker.polling.leases import Lease, LeaseLost, Leases
from services.worker.polling.window_store import WindowStore
from services.worker.polling.windows import Window
from services.worker.tables import Conflict, Item, Key

from .memory_table import MemoryTable

SMALL = Window(60, 120, '{"count":1}', delivered=True)
LARGE = Window(60, 120, '{"text":"' + "é" * 500_000 + '"}', delivered=True)


@pytest.fixture
def rows() -> MemoryTable:
    return MemoryTable("mapping", "shard")


@pytest.fixture
def parts() -> MemoryTable:
    return MemoryTable("state", "part")


async def test_a_window_comes_back_with_the_lease(rows: MemoryTable, parts: MemoryTable) -> None:
    """To whoever takes the shard over, small or large; one write moves the position and the window."""
    for window in (SMALL, LARGE):
        leases = Leases(rows, "a/1", WindowStore(parts))
        await leases.add(Lease("m-1", 1, "s-0"))
        lease = await leases.take((await leases.all())[0])
        assert lease
        writes = rows.writes
        await lease.checkpoint("17", window)

        assert rows.writes == writes + 1

        other = Leases(rows, "b/1", WindowStore(parts))
        taken = await other.take((await other.all())[0])
        assert taken

        assert (await taken.window(), taken.lease.checkpoint) == (window, "17")


class SlowTable(MemoryTable):
    """Its updates take a turn of the event loop."""

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        await asyncio.sleep(0)
        return await super().update(key, changes, expect, remove)


async def test_a_renewal_beside_it_does_not_bring_the_old_window_back(parts: MemoryTable) -> None:
    """The lease is renewed by a clock of its own: it may come while a position and its window are being written."""
    rows = SlowTable("mapping", "shard")
    leases = Leases(rows, "a/1", WindowStore(parts))
    await leases.add(Lease("m-1", 1, "s-0"))
    lease = await leases.take((await leases.all())[0])
    assert lease
    await lease.checkpoint("1", Window(0, 60, '{"count":0}', delivered=True))

    await asyncio.gather(lease.checkpoint("2", SMALL), lease.renew())

    other = Leases(rows, "b/1", WindowStore(parts))
    taken = await other.take((await other.all())[0])
    assert taken
    assert (await taken.window(), taken.lease.checkpoint) == (SMALL, "2")


async def test_parts_fit_into_items_and_are_forgotten_with_their_window(rows: MemoryTable, parts: MemoryTable) -> None:
    """Below 400 KB each; the next window replaces them, and so does the end of the row."""
    leases = Leases(rows, "a/1", WindowStore(parts))
    await leases.add(Lease("m-1", 1, "s-0"))
    lease = await leases.take((await leases.all())[0])
    assert lease
    await lease.checkpoint("1", LARGE)

    assert len(str((await leases.all())[0].window)) < 20_000
    assert all(len(item["text"].encode()) < 400_000 for item in parts.items.values())

    await lease.checkpoint("2", LARGE)
    count = len(parts.items)
    await lease.checkpoint("3", SMALL)

    assert (count, len(parts.items)) == (6, 0)

    await lease.checkpoint("4", LARGE)
    await leases.drop((await leases.all())[0])

    assert parts.items == {}


async def test_a_zombie_leaves_no_window_behind(rows: MemoryTable, parts: MemoryTable) -> None:
    """What it wrote for a row that is not its own any more is taken away; the row keeps the other's."""
    zombie = Leases(rows, "a/1", WindowStore(parts))
    await zombie.add(Lease("m-1", 1, "s-0"))
    late = await zombie.take((await zombie.all())[0])
    successor = await zombie.take((await zombie.all())[0])
    assert late
    assert successor
    await successor.checkpoint("5", SMALL)

    with pytest.raises(LeaseLost):
        await late.checkpoint("9", LARGE)

    assert parts.items == {}
    assert await successor.window() == SMALL


class LossyTable(MemoryTable):
    """Writes, and loses so many answers: botocore's repeated request then finds its own write in the way."""

    def __init__(self, *keys: str) -> None:
        super().__init__(*keys)
        self.lose = 0

    async def create(self, item: Item) -> None:
        await super().create(item)
        self._answered()

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        item = await super().update(key, changes, expect, remove)
        self._answered()
        return item

    def _answered(self) -> None:
        if self.lose:
            self.lose -= 1
            raise Conflict("it is there already")


async def test_a_window_whose_answer_was_lost_is_whole() -> None:
    """The row names the parts: they stay, and the lease is not lost. Nor is it when a part's own answer was lost."""
    rows, parts = LossyTable("mapping", "shard"), LossyTable("state", "part")
    leases = Leases(rows, "a/1", WindowStore(parts))
    await leases.add(Lease("m-1", 1, "s-0"))
    lease = await leases.take((await leases.all())[0])
    assert lease
    rows.lose = parts.lose = 1

    await lease.checkpoint("17", LARGE)

    assert (await lease.window(), lease.lease.checkpoint) == (LARGE, "17")
    other = Leases(rows, "b/1", WindowStore(parts))
    taken = await other.take((await other.all())[0])
    assert taken
    assert (await taken.window(), taken.lease.checkpoint) == (LARGE, "17")
    with pytest.raises(LeaseLost):
        await lease.renew()
