"""Leases: who may write a position, and when."""

from dataclasses import replace

import pytest

from services.worker.polling.leases import SHARD_END, HeldLease, Lease, LeaseLost

from .memory_table import MemoryTable, leases_of

ROW = Lease("m-1", 1000, "shardId-0")


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable("mapping", "shard")


async def held(table: MemoryTable, owner: str = "a/1") -> HeldLease:
    leases = leases_of(table, owner)
    await leases.add(ROW)
    lease = await leases.take((await leases.all())[0])
    assert lease
    return lease


async def test_a_position_is_stored_with_its_row(table: MemoryTable) -> None:
    """A checkpoint is read back by whoever reads the table next."""
    lease = await held(table)
    await lease.checkpoint("17")

    (row,) = await leases_of(table, "b/1").all()

    assert (row.checkpoint, row.owner, row.position.after) == ("17", "a/1", "17")


async def test_only_one_of_two_takes_a_lease(table: MemoryTable) -> None:
    """Both read the row before either writes: the counter lets the first through only."""
    first, second = leases_of(table, "a/1"), leases_of(table, "b/1")
    await first.add(ROW)
    (row,) = await first.all()

    assert await first.take(row) is not None
    assert await second.take(row) is None


async def test_a_zombie_cannot_move_a_position(table: MemoryTable) -> None:
    """A replica that was paused while its lease was taken over stores nothing and learns that it lost it."""
    zombie = await held(table)
    (row,) = await leases_of(table, "b/1").all()
    successor = await leases_of(table, "b/1").take(row)
    assert successor
    await successor.checkpoint("20")

    with pytest.raises(LeaseLost):
        await zombie.checkpoint("99")

    assert zombie.lost
    assert (await leases_of(table, "b/1").all())[0].checkpoint == "20"


async def test_a_position_never_goes_back(table: MemoryTable) -> None:
    """Numbers are compared as numbers, and the shard's end stands above them all."""
    lease = await held(table)
    for position in ("100", "99", "TRIM_HORIZON"):
        await lease.checkpoint(position)

    assert lease.lease.checkpoint == "100"

    await lease.checkpoint(SHARD_END)
    await lease.checkpoint("101")

    assert lease.lease.checkpoint == SHARD_END


async def test_a_lease_is_handed_to_who_asked_for_it(table: MemoryTable) -> None:
    """The owner learns of the wish with its next write, and gives the lease to the one who wished."""
    lease = await held(table)
    asker = leases_of(table, "b/1")
    await asker.ask_for((await asker.all())[0])
    await lease.renew()

    assert lease.lease.wanted_by == "b/1"

    await lease.release()
    (row,) = await asker.all()

    assert (row.owner, row.wanted_by) == ("b/1", "")
    with pytest.raises(LeaseLost):
        await lease.checkpoint("5")


async def test_adding_a_row_twice_keeps_the_first(table: MemoryTable) -> None:
    """Replicas pin the same shards at the same time; a position that exists is not touched."""
    lease = await held(table)
    await lease.checkpoint("7")

    await leases_of(table, "b/1").add(ROW)

    assert (await leases_of(table, "b/1").all())[0].checkpoint == "7"


@pytest.mark.parametrize(
    ("first", "second"), [(("AT_TIMESTAMP", 10.0), ("AT_TIMESTAMP", 20.0)), (("5", 0.0), ("9", 0.0))]
)
async def test_where_to_start_is_what_the_row_says(
    table: MemoryTable, first: tuple[str, float], second: tuple[str, float]
) -> None:
    """A replica that pinned LATEST a moment after another must not move it: what was put in between would be lost."""
    pinned, late = (replace(ROW, checkpoint=after, timestamp=at) for after, at in (first, second))
    await leases_of(table, "a/1").add(pinned)
    leases = leases_of(table, "b/1")
    await leases.add(late)

    lease = await leases.take(late)

    assert lease
    assert (lease.lease.position.after, lease.lease.position.timestamp) == first
    assert (await leases.all())[0].position == lease.lease.position
