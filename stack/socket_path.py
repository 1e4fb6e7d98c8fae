"""Where the supervisor's control socket lies: beside the state where that works, else in a short private folder."""

import hashlib
import os
import socket
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cloud.errors import ConfigError

LONGEST = 90
"""Bytes. A socket's path may have 107 on Linux and 103 on macOS, and the supervisor first binds to it with ".<pid>"."""


@lru_cache(maxsize=8)
def of(home: Path) -> Path:
    """The socket's path for a FOGBANK_HOME; the same answer every time."""
    beside = home / "run" / "supervisor.sock"
    if len(os.fsencode(beside)) <= LONGEST and holds_sockets(home / "run"):
        return beside
    return _short_folder(home) / "supervisor.sock"


def holds_sockets(folder: Path) -> bool:
    """Whether the file system takes a socket and a second name for it: network, FAT and some shared folders do not."""
    path, link = folder / f"probe.{os.getpid()}", folder / f"probe.{os.getpid()}.2"
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(path))
            os.link(path, link)
    except OSError:
        return False
    finally:
        for name in (path, link):
            with suppress(OSError):
                name.unlink(missing_ok=True)
    return True


def forget(home: Path) -> None:
    """Remove the short folder, where there is one."""
    with suppress(OSError):
        _short_name(home).rmdir()


def _short_name(home: Path) -> Path:
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > LONGEST - 50:
        base = Path("/tmp")  # noqa: S108 the folder in it is private, and checked to be
    return base / f"fogbank-{os.getuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def _short_folder(home: Path) -> Path:
    """A folder of the caller alone, named after home. Raises ConfigError when somebody else has made it."""
    folder = _short_name(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ConfigError(f"{folder} is not a private folder of yours: remove it, or name a shorter FOGBANK_HOME")
    return folder
