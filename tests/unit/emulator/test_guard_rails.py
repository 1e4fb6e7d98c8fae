"""The emulator refuses to start where it would do harm or make things up."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.errors import ConfigError
from services.emulator.guard_rails import check_packages, check_port, make_private


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


@pytest.mark.usefixtures("umask")
def test_folders_are_made_their_owners_alone_and_so_is_what_is_made_in_them(tmp_path: Path) -> None:
    """One that was there and open for all is closed."""
    (tmp_path / "open").mkdir(mode=0o755)
    make_private(tmp_path / "open", tmp_path / "a" / "b")
    (tmp_path / "open" / "key.pem").write_text("secret")

    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "open" / "key.pem").stat().st_mode & 0o777 == 0o600
