"""stack/venv.sh, with a Python and a pip that are played by a script."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stack.settings import ROOT

TOOLS = ("sh", "cat", "cmp", "cp", "dirname", "mkdir", "mv", "rm", "rmdir", "sleep", "touch", "true")
PYTHON = """#!/bin/sh
# Plays Python {version}: answers what stack/venv.sh asks, makes .venv, and installs or fails.
case "$*" in
  *"print("*) echo "{version}" ;;
  *"version_info < (3, 11)"*) [ "{new}" = yes ] ;;
  *ensurepip*) true ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*) echo "$*" >>installed; [ ! -e broken-network ] ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as the script needs, in a folder with a space in its name."""
    clone = tmp_path / "a clone"
    (clone / "stack").mkdir(parents=True)
    shutil.copy(ROOT / "stack" / "venv.sh", clone / "stack")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (clone / name).write_text("one==1\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in filter(shutil.which, (*TOOLS, "ps")):
        (programs / tool).symlink_to(str(shutil.which(tool)))
    return clone


def add_python(clone: Path, name: str, version: str, *, new: bool) -> None:
    """Put a Python on the PATH."""
    program = clone.parent / "bin" / name
    program.write_text(PYTHON.format(version=version, new="yes" if new else "no"))
    program.chmod(0o755)


def run(clone: Path, lock_file: str = "requirements.txt") -> subprocess.CompletedProcess[str]:
    """Run the script as the Makefile does."""
    environ = {"PATH": str(clone.parent / "bin"), "PYTHONPATH": "/nowhere"}
    return subprocess.run(
        ["sh", "stack/venv.sh", lock_file],
        cwd=clone,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def installs(clone: Path) -> int:
    """How often pip was asked to install."""
    path = clone / "installed"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_fresh_clone_is_set_up_once(clone: Path) -> None:
    """The second call does nothing."""
    add_python(clone, "python3.12", "3.12.1", new=True)
    first, second = run(clone), run(clone)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "with python3.12 (3.12.1)" in first.stdout
    assert second.stdout == ""
    assert installs(clone) == 1
    assert "--require-hashes" in (clone / "installed").read_text()


def test_a_python_that_is_too_old_is_named(clone: Path) -> None:
    """The error says what is needed and what was found."""
    add_python(clone, "python3", "3.9.2", new=False)
    done = run(clone)

    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "python3 is 3.9.2" in done.stderr
    assert not (clone / ".venv").exists()


def test_the_first_python_that_is_new_enough_is_taken(clone: Path) -> None:
    """An old `python3` does no harm beside a newer one."""
    add_python(clone, "python3", "3.9.2", new=False)
    add_python(clone, "python3.11", "3.11.7", new=True)

    assert "with python3.11 (3.11.7)" in run(clone).stdout


def test_a_failed_install_does_not_look_complete(clone: Path) -> None:
    """The next call tries again, and the one after that has nothing left to do."""
    add_python(clone, "python3", "3.13.0", new=True)
    (clone / "broken-network").touch()
    failed = run(clone)
    (clone / "broken-network").unlink()
    again = run(clone)

    assert failed.returncode != 0
    assert "could not be installed" in failed.stderr
    assert again.returncode == 0
    assert installs(clone) == 2
    assert run(clone).stdout == ""


def test_a_changed_lock_file_is_installed(clone: Path) -> None:
    """After a pull, say."""
    add_python(clone, "python3", "3.13.0", new=True)
    run(clone)
    (clone / "requirements.txt").write_text("one==2\n")
    run(clone)

    assert installs(clone) == 2


def test_the_longer_list_holds_the_shorter(clone: Path) -> None:
    """make test before make up installs once."""
    add_python(clone, "python3", "3.13.0", new=True)
    run(clone, "requirements-dev.txt")
    run(clone, "requirements.txt")

    assert installs(clone) == 1


def test_a_dead_maker_s_turn_is_taken_over(clone: Path) -> None:
    """A make that was killed while it set up .venv does not lock out the next."""
    add_python(clone, "python3", "3.13.0", new=True)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (clone / ".venv.lock").mkdir()
    (clone / ".venv.lock" / "pid").write_text(str(dead.pid))
    done = run(clone)

    assert done.returncode == 0
    assert not list(clone.glob(".venv.lock*"))


def test_a_turn_without_a_number_is_taken_over(clone: Path) -> None:
    """A make that was killed before it wrote its number down, or whose machine lost its power, locks out nobody."""
    add_python(clone, "python3", "3.13.0", new=True)
    (clone / ".venv.lock").mkdir()
    (clone.parent / "bin" / "sleep").unlink()
    (clone.parent / "bin" / "sleep").symlink_to(str(shutil.which("true")))
    done = run(clone)

    assert done.returncode == 0
    assert installs(clone) == 1
    assert not list(clone.glob(".venv.lock*"))


@pytest.mark.skipif(not shutil.which("ps"), reason="nothing tells what a process does")
def test_a_dead_maker_s_number_may_be_another_program_s_by_now(clone: Path) -> None:
    """After a restart of the machine, say; the next make does not wait for that program to end."""
    add_python(clone, "python3", "3.13.0", new=True)
    (clone / ".venv.lock").mkdir()
    (clone / ".venv.lock" / "pid").write_text(str(os.getpid()))

    assert run(clone).returncode == 0
    assert installs(clone) == 1


def test_one_of_two_waits_for_the_other(clone: Path) -> None:
    """Two at once install once."""
    add_python(clone, "python3", "3.13.0", new=True)
    (clone / ".venv.lock").mkdir()
    environ = {"PATH": str(clone.parent / "bin")}
    command = ["sh", "stack/venv.sh", "requirements.txt"]
    with subprocess.Popen(["sh", "-c", "read line", "stack/venv.sh"], stdin=subprocess.PIPE) as maker:
        (clone / ".venv.lock" / "pid").write_text(str(maker.pid))
        waiting = subprocess.Popen(command, cwd=clone, env=environ, stdout=subprocess.PIPE, text=True)
        assert waiting.stdout
        told = waiting.stdout.readline()
        shutil.rmtree(clone / ".venv.lock")
        waiting.communicate(timeout=60)

    assert "another make is setting up .venv" in told
    assert waiting.returncode == 0
    assert installs(clone) == 1
