"""What was read lately, and what becomes of it when it changes."""

import asyncio

from cloud.recent import Recent


class Shelf:
    """Where things are read. gate: closed, a read that has begun waits; begun: one has."""

    def __init__(self) -> None:
        self.things: dict[str, str] = {"a": "old"}
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def load(self, key: str) -> str | None:
        self.reads += 1
        found = self.things.get(key)
        self.begun.set()
        await self.gate.wait()
        return found


async def test_it_is_read_once_a_while() -> None:
    """Then anew; the while begins when the read does."""
    now, shelf = [0.0], Shelf()
    recent: Recent[str, str] = Recent(1.0, lambda: now[0])
    found = []
    for now[0] in (0.0, 0.5, 1.0, 1.1):
        found.append(await recent.get("a", shelf.load))
        shelf.things["a"] = "new"

    assert (found, shelf.reads) == (["old", "old", "old", "new"], 2)


async def test_what_is_not_there_is_looked_for_each_time() -> None:
    """And what has gone is not remembered any longer than the while."""
    shelf = Shelf()
    recent: Recent[str, str] = Recent(60.0)
    assert await recent.get("b", shelf.load) is None
    shelf.things["b"] = "made"
    assert await recent.get("b", shelf.load) == "made"
    del shelf.things["b"]

    assert await recent.fresh("b", shelf.load) is None
    assert recent.known() == []


async def test_what_changes_while_it_is_read_is_not_remembered() -> None:
    """The read may have been answered before the change."""
    shelf = Shelf()
    recent: Recent[str, str] = Recent(60.0)
    shelf.gate.clear()
    reading = asyncio.create_task(recent.get("a", shelf.load))
    await shelf.begun.wait()
    shelf.things["a"] = "new"
    recent.forget("a")
    shelf.gate.set()

    assert await reading == "old"
    assert await recent.get("a", shelf.load) == "new"
