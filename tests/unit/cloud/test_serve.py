"""How all boxes are run."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from cloud import serve
from cloud.guard import Guard, Receive, Scope, Send


@pytest.fixture
def collector() -> Iterator[None]:
    """The cycle collector is as before when the test is over."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answers nothing."""


@pytest.mark.usefixtures("collector")
def test_a_box_is_guarded_and_spares_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was loaded before is not walked over for garbage again; without access log, and with the box's options."""
    runs: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(uvicorn, "run", lambda served, **options: runs.append((served, options)))
    frozen, (first, *_) = gc.get_freeze_count(), gc.get_threshold()
    serve.run(app, host="127.0.0.1", port=1, hosts={"localhost"}, timeout_graceful_shutdown=5)
    ((served, options),) = runs

    assert isinstance(served, Guard)
    assert (options["access_log"], options["timeout_graceful_shutdown"]) == (False, 5)
    assert gc.get_freeze_count() > frozen
    assert gc.get_threshold()[0] > first
