"""What `make doctor` looks at."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cloud.errors import ConfigError
from stack import machine
from stack.machine import Finding
from stack.settings import Settings


def test_a_full_disk_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written, with what to do."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200_000_000))

    with pytest.raises(ConfigError, match=r"0\.2 GB are free.*free 1 GB"):
        machine.check_before_start(tmp_path)


def test_an_unwritable_home_is_found(tmp_path: Path) -> None:
    """A file where the folder should be, for example."""
    (tmp_path / "home").write_text("")

    assert machine.home(tmp_path / "home").level == "bad"


def test_a_home_that_cannot_be_made_is_said_with_all_else(tmp_path: Path) -> None:
    """Several folders below the last one that there is; doctor ended with a traceback."""
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "of" / "these"
    found = machine.examine(Settings(home=home, mode="local"), busy=True)

    assert any(finding.level == "bad" and str(home) in finding.text for finding in found)


def test_a_home_that_others_can_read_is_noted(tmp_path: Path) -> None:
    """It holds passwords."""
    tmp_path.chmod(0o755)

    assert machine.home(tmp_path).level == "note"


@pytest.mark.parametrize(
    "check", [machine.python, machine.memory, machine.open_files, machine.loopback, machine.clock, machine.docker]
)
def test_every_finding_that_is_not_ok_says_how_to_mend_it(check: Callable[[], Finding]) -> None:
    """Whatever this machine is like."""
    finding = check()

    assert finding.text
    assert (finding.level == "ok") != bool(finding.mend)


def test_the_ports_of_a_running_stack_are_its_own(tmp_path: Path) -> None:
    """doctor does not call them taken while the stack runs."""
    busy = machine.examine(Settings(home=tmp_path), busy=True)
    idle = machine.examine(Settings(home=tmp_path), busy=False)

    assert len(busy) < len(idle)
