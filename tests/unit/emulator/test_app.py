"""The emulator's end: MiniStack writes its state down last, whatever happened before."""

import asyncio
from collections.abc import MutableMapping
from types import SimpleNamespace
from typing import Any

import pytest

from services.emulator import app as box
from services.emulator.app import Emulator


async def metrics_fail() -> None:
    """A publisher's run."""
    raise RuntimeError("no metrics")


async def work() -> None:
    """Keeps the state, until it is cancelled."""
    await asyncio.Event().wait()


def disk_is_full() -> None:
    """A flush of the items."""
    raise OSError("the disk is full")


async def test_ministack_saves_at_the_end_whatever_failed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics that ended by an error, or items that cannot be written, kept it from that; and nothing works on."""
    emulator: Any = object.__new__(Emulator)
    emulator._work = work
    emulator.publisher = SimpleNamespace(run=metrics_fail)
    emulator.items = SimpleNamespace(flush=disk_is_full)
    told: list[str] = []

    async def ministack(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await asyncio.sleep(0)
        told.append((await receive())["type"])

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "lifespan.shutdown"}

    async def send(_message: MutableMapping[str, Any]) -> None:
        return

    monkeypatch.setattr(box, "ministack", SimpleNamespace(app=ministack))
    await emulator({"type": "lifespan"}, receive, send)

    assert told == ["lifespan.shutdown"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
