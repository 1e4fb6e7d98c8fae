"""Target local, while it is started: what is said when the supervisor itself is gone."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stack import boxes, processes
from stack.errors import StackError
from stack.processes import Processes
from stack.settings import Settings, resolved
from stack.supervisor import Supervisor


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """One whose supervisor is gone."""

    def gone(_: Supervisor) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(Supervisor, "_rpc", gone)
    return Processes(resolved(Settings(home=tmp_path), "local"))


def test_a_supervisor_that_was_killed_meanwhile_is_said_at_once(
    stack: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was waited for a minute, to say of a healthy box that it had died -1 times."""
    progress: Any = SimpleNamespace(waiting=lambda *_: None, done=lambda *_: None)
    monkeypatch.setattr(processes, "PATIENCE", 0.5)
    monkeypatch.setattr(processes, "missing", lambda _url: "")

    with pytest.raises(StackError, match="supervisor has ended"):
        stack._wait_healthy(boxes.ALL[0], progress)


def test_a_box_cannot_be_started_by_a_supervisor_that_was_killed(stack: Processes) -> None:
    """It is said in a sentence; it was a traceback."""
    with pytest.raises(StackError, match="supervisor has ended"):
        stack.supervisor.start("gateway")
