"""The emulator refuses to start where it would do harm or make things up."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.errors import ConfigError
from cloud.wait import until
from services.emulator import guard_rails
from services.emulator.guard_rails import check_packages, check_port, make_private

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def umask() -> Iterator[None]:
    """The mask of this process as it was."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_installed_ministack_is_the_one_that_the_mends_were_written_for() -> None:
    """And all that it needs is there."""
    check_packages()


def test_another_ministack_is_refused() -> None:
    """Older or newer: the error says which is needed and how to get it."""
    with pytest.raises(ConfigError, match=r"MiniStack 1\.5\.34 is needed.*installed is 1\.5\.33: pip install"):
        check_packages(ministack="1.5.34")


def test_a_missing_package_is_refused_by_name() -> None:
    """MiniStack itself would go on and invent answers."""
    with pytest.raises(ConfigError, match="MiniStack invents answers without no_such_package"):
        check_packages(needed=("boto3", "no_such_package"))


def test_a_taken_port_is_refused() -> None:
    """By its number, with what to do; a free one is not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} of 127.0.0.1 .*FOGBANK_EMULATOR_PORT"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_folder_has_one_emulator_at_a_time(tmp_path: Path) -> None:
    """Two would write over each other's state; the claim ends with its process."""
    claim = "from pathlib import Path; from services.emulator.guard_rails import claim; claim(Path({!r})); input()"
    command = [sys.executable, "-c", claim.format(str(tmp_path))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT) as other:
        until(lambda: (tmp_path / "lock").exists() and _is_claimed(tmp_path), 20, what="the other's claim")
        with pytest.raises(ConfigError, match=r"another emulator uses .*FOGBANK_HOME"):
            guard_rails.claim(tmp_path, timeout=0)
        other.kill()
    guard_rails.claim(tmp_path, timeout=30)


@pytest.mark.usefixtures("umask")
def test_folders_are_made_their_owners_alone_and_so_is_what_is_made_in_them(tmp_path: Path) -> None:
    """One that was there and open for all is closed."""
    (tmp_path / "open").mkdir(mode=0o755)
    make_private(tmp_path / "open", tmp_path / "a" / "b")
    (tmp_path / "open" / "key.pem").write_text("secret")

    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "open" / "key.pem").stat().st_mode & 0o777 == 0o600


def _is_claimed(folder: Path) -> bool:
    with (folder / "lock").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
