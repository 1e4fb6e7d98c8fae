"""What must be so before the emulator starts: the right MiniStack, all that it needs, private folders, a free port."""

import fcntl
import importlib.util
import os
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cloud.errors import ConfigError, Unavailable
from cloud.wait import until
from services.emulator.settings import Settings

MINISTACK = "1.5.33"
HANDOVER = 8.0  # seconds that an emulator which is being stopped may still need
# Without these MiniStack does not fail, it makes things up: unsigned tokens, invented query results.
NEEDED = ("cryptography", "duckdb", "boto3")


def check(settings: Settings) -> None:
    """Raises ConfigError, or OSError for a folder that cannot be made, when the emulator could not do its job."""
    check_packages()
    check_port(settings.host, settings.port)
    make_private(settings.home, settings.state, settings.objects, settings.scratch)
    claim(settings.home)


def check_packages(ministack: str = MINISTACK, needed: tuple[str, ...] = NEEDED) -> None:
    """Raises ConfigError unless exactly that version of MiniStack and all of the packages are installed."""
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        installed = "none"
    if installed != ministack:
        raise ConfigError(
            f"MiniStack {ministack} is needed, the mends were written for it; installed is {installed}:"
            f" pip install ministack=={ministack}"
        )
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"MiniStack invents answers without {', '.join(missing)}: pip install {' '.join(missing)}")


def check_port(host: str, port: int) -> None:
    """Raises ConfigError when something else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} of {host} cannot be used ({error.strerror}): stop what listens there,"
                " or choose another with FOGBANK_EMULATOR_PORT"
            ) from error


def claim(folder: Path, timeout: float = HANDOVER) -> None:
    """Make this process the only one that uses a folder, until it ends in whatever way.

    One that is being stopped has closed its port before it has written its state, so it is waited for. Raises
    ConfigError when it keeps the folder longer than timeout seconds.
    """
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)  # stays open as long as the process lives

    def locked() -> bool:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True

    try:
        until(locked, timeout, what="the lock")
    except Unavailable as error:
        os.close(lock)
        raise ConfigError(
            f"another emulator uses {folder}: stop it, or choose another folder with FOGBANK_HOME"
        ) from error


def make_private(*folders: Path) -> None:
    """Make folders that only their owner may enter, and see to it that every file made later is the owner's alone.

    MiniStack writes the keys that sign its tokens readable for all.
    """
    os.umask(0o077)
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
