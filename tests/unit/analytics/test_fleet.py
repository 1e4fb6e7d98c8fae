"""The applications of a replica: what ends one of them ends no other, and none is left behind at the end."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from cloud.tables import Item
from cloud.wait import until_async
from services.analytics import fleet as fleets
from services.analytics.dialect import Refused
from services.analytics.fleet import Fleet
from services.analytics.settings import Settings
from services.analytics.state import States
from tests.unit.worker.memory_table import MemoryTable

PATIENCE = 30.0  # seconds


class Stage:
    """A fleet whose applications end when they are told to, or by the error that is put down for their text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]) -> None:
        self.texts = texts
        self.errors: dict[str, Exception] = {}
        self.offline: Exception | None = None
        self.begun: list[str] = []
        self.running: set[str] = set()
        self.rows = MemoryTable("application")
        settings = Settings(name="me", refresh_interval=0.01)
        self.fleet = Fleet(States(self.rows, MemoryTable("state", "part"), "me/1"), None, settings)
        self.fleet.applications = SimpleNamespace(all=self.all, note_running=self.note)  # type: ignore[assignment]
        monkeypatch.setattr(fleets, "parse", self.parse)
        monkeypatch.setattr(fleets, "Run", self.run)
        monkeypatch.setattr(fleets, "_MOST", 0.0)

    async def all(self) -> list[Item]:
        if self.offline:
            raise self.offline
        return [
            {"name": name, "text": text, "status": "RUNNING", "identity": name, "version": 1}
            for name, text in self.texts.items()
        ]

    async def note(self, _name: str) -> None:
        await asyncio.sleep(0)

    def parse(self, text: str) -> str:
        if text == "old":
            raise Refused("no longer accepted", 1, 1)
        return text

    def run(self, name: str, text: str, held: Any, *_: Any) -> Any:
        stop = asyncio.Event()

        async def run() -> None:
            self.begun.append(name)
            if error := self.errors.pop(text, None):
                raise error
            self.running.add(name)
            await stop.wait()
            self.running.discard(name)

        return SimpleNamespace(stop=stop, run=run, held=held)

    async def soon(self, what: Any) -> None:
        async def seen() -> bool:
            return bool(what())

        await until_async(seen, PATIENCE, interval=0.005)


async def test_an_application_that_ends_by_any_error_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody had thought of ended the fleet: nothing ran any more, and health was fine."""
    stage = Stage(monkeypatch, {"a": "sick", "b": "sound"})
    stage.errors["sick"] = ZeroDivisionError("nobody thought of it")
    running = asyncio.create_task(stage.fleet.run())
    await stage.soon(lambda: stage.running == {"a", "b"})
    stage.fleet.close()
    await running

    assert stage.begun == ["a", "b", "a"]


async def test_a_round_that_fails_in_any_way_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Health says so until one succeeds."""
    stage = Stage(monkeypatch, {"a": "sound"})
    stage.offline = ZeroDivisionError("nobody thought of it")
    running = asyncio.create_task(stage.fleet.run())
    await stage.soon(lambda: "nobody thought of it" in stage.fleet.trouble)
    stage.offline = None
    await stage.soon(lambda: stage.running == {"a"})
    await stage.soon(lambda: not stage.fleet.trouble)
    stage.fleet.close()
    await running


async def test_a_text_that_is_no_longer_accepted_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does this replica take its lease, with which it can do nothing."""
    stage = Stage(monkeypatch, {"a": "old", "b": "sound"})
    running = asyncio.create_task(stage.fleet.run())
    await stage.soon(lambda: stage.running == {"b"})
    stage.fleet.close()
    await running

    assert await stage.rows.get({"application": "a"}) is None


@pytest.mark.parametrize("at", ["begin", "end"])
async def test_nothing_is_left_behind_when_it_ends_in_the_middle_of_a_round(
    monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """An application that was just begun went on without its fleet; one that it was to end was ended twice."""
    stage = Stage(monkeypatch, {"a": "sound", "b": "sound"})
    reached, go_on = asyncio.Event(), asyncio.Event()
    take = stage.fleet.states.take

    async def halt(*given: Any) -> Any:
        reached.set()
        await go_on.wait()
        return await take(*given) if at == "begin" else None

    if at == "begin":
        monkeypatch.setattr(stage.fleet.states, "take", halt)
    running = asyncio.create_task(stage.fleet.run())
    if at == "end":
        await stage.soon(lambda: stage.running == {"a", "b"})
        monkeypatch.setattr(stage.fleet, "_release", halt)
        stage.texts.clear()
    await asyncio.wait_for(reached.wait(), PATIENCE)
    stage.fleet.close()
    go_on.set()
    await asyncio.wait_for(running, PATIENCE)

    assert stage.running == set()
    assert asyncio.all_tasks() == {asyncio.current_task()}
