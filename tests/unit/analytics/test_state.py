"""State: it comes back whole, large or small, and only its owner writes it."""

import asyncio
import os
from collections.abc import Sequence

import pytest

from cloud.tables import Item, Key
from services.analytics.state import LeaseLost, Pending, ShardState, State, States
from tests.unit.worker.memory_table import MemoryTable


def states(rows: MemoryTable, parts: MemoryTable, owner: str) -> States:
    return States(rows, parts, owner)


@pytest.mark.parametrize("names", [3, 30_000])
def test_state_comes_back_whole(names: int) -> None:
    """Also when it is too large for one item: then parts hold it, and only the newest ones are kept."""

    async def scenario() -> None:
        rows, parts = MemoryTable("application"), MemoryTable("state", "part")
        mine = states(rows, parts, "me/1")
        held = await mine.take("app", await mine.row("app"))
        assert held
        windows: list[list[str | None]] = [[os.urandom(16).hex(), None, "1.25"] for _ in range(names)]
        state = State("plan", 7, {"s-0": ShardState("49", parents=["p"])}, 99, windows, Pending("x", 1.5, ["{}"]))
        for _ in range(2):
            await held.save(state)
        await held.release()
        other = await states(rows, parts, "you/1").take("app", await mine.row("app"))
        assert other
        assert await other.load() == state
        assert len(await parts.scan()) == other.row["parts"]
        assert (other.row["parts"] > 1) == (names > 1000)

    asyncio.run(scenario())


def test_who_lost_the_row_cannot_write_any_more() -> None:
    """Another replica took it: the state it finds is the one stored before, and the first one hears LeaseLost."""

    async def scenario() -> None:
        rows, parts = MemoryTable("application"), MemoryTable("state", "part")
        mine, yours = states(rows, parts, "me/1"), states(rows, parts, "you/1")
        held = await mine.take("app", None)
        assert held
        await held.save(State(clock=1))
        seen = await yours.row("app")
        other = await yours.take("app", seen)
        assert other
        with pytest.raises(LeaseLost):
            await held.save(State(clock=2))
        assert (await other.load()).clock == 1
        assert await mine.take("app", seen) is None

    asyncio.run(scenario())


@pytest.mark.parametrize("written", [False, True])
def test_parts_of_a_write_that_was_refused_go_unless_it_was_done(written: bool) -> None:
    """A write may be told to have failed although it was done: when its answer is lost and it is sent again."""

    class Forgetful(MemoryTable):
        async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
            if written and "parts" in changes:
                await super().update(key, changes, expect, remove)
            return await super().update(key, changes, expect, remove)

    async def scenario() -> None:
        rows, parts = Forgetful("application"), MemoryTable("state", "part")
        held = await states(rows, parts, "me/1").take("app", None)
        assert held
        if not written:
            assert await states(rows, parts, "you/1").take("app", await rows.get({"application": "app"}))
        with pytest.raises(LeaseLost):
            await held.save(State(windows=[[os.urandom(16).hex(), None, "1.25"] for _ in range(30_000)]))
        assert bool(await parts.scan()) == written

    asyncio.run(scenario())
