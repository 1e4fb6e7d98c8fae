"""A stack apart, as far as it can be told without one."""

import subprocess
import sys
from pathlib import Path

import pytest

from stack.apart import Stack, _heard

PROGRAM = """
import pathlib, signal, sys
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("stopped what it began")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.parametrize(
    ("target", "emulator", "holding"),
    [
        ("local", "", ("emulator",)),
        ("docker", "", ("localstack", "ministack")),
        ("docker", "both", ("localstack", "ministack")),
        ("docker", "ministack", ("ministack",)),
    ],
)
def test_the_boxes_that_hold_state(target: str, emulator: str, holding: tuple[str, ...]) -> None:
    """One or two emulators, by target and EMULATOR."""
    assert Stack(target, Path("/nowhere"), {"EMULATOR": emulator}).emulators == holding


def test_a_front_door_that_is_not_waited_for_may_stop_what_it_began(tmp_path: Path) -> None:
    """It is asked to end, not killed, and the time that was waited is an error all the same."""
    told = tmp_path / "told"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(told)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            _heard(child, 0.1)

    assert told.read_text() == "stopped what it began"
