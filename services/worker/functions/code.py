"""Hot code: a folder on this machine, and how a change of it is noticed.

It is named as S3Bucket "hot-reload", S3Key "/absolute/path". The code runs from there, and an edit counts from the next
invocation on.
"""

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any

from cloud.errors import AwsError

HOT_RELOAD = "hot-reload"
# A walk through the folder costs at most one part in so many of a processor's time. Time that it waited for a busy
# machine does not count: that would keep an edit from being noticed for the longer, the busier the machine is.
_SPARING = 20
_NOT_CODE = frozenset({"__pycache__", ".git", ".venv", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache"})


class CodeFolder:
    """A folder of code. fingerprint() changes when any file in it does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = ""
        self._seen_until = 0.0

    async def fingerprint(self) -> str:
        """A digest of the names, sizes and times of all files of the folder."""
        if time.monotonic() >= self._seen_until:
            started = time.monotonic()
            self._seen, took = await asyncio.to_thread(_look, self.path)
            self._seen_until = started + took * _SPARING
        return self._seen


def check(code: Mapping[str, Any]) -> dict[str, str]:
    """The part of a request's Code that is kept; InvalidParameterValueException when there is no such folder."""
    key = str(code.get("S3Key") or "")
    if not Path(key).is_absolute() or not Path(key).is_dir():
        raise AwsError("InvalidParameterValueException", f"The hot-reload folder does not exist: {key}")
    return {"S3Bucket": HOT_RELOAD, "S3Key": key}


def _look(folder: Path) -> tuple[str, float]:
    """The digest, and the seconds of a processor that it took."""
    began = time.thread_time()
    return _digest(folder), time.thread_time() - began


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, size, modified in sorted(_files(str(folder), set())):
        digest.update(f"{name}\0{size}\0{modified}\n".encode())
    return digest.hexdigest()


def _files(folder: str, walked: set[tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    """All but what cannot be read: it just went away, a link leads nowhere (an editor's lock) or to itself.

    walked: the folders that were walked already, each once, so that links in a ring end somewhere.
    """
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=attrgetter("name"))
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            yield from _below(entry, walked)


def _below(entry: os.DirEntry[str], walked: set[tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    status = entry.stat()
    if not stat.S_ISDIR(status.st_mode):
        yield entry.path, status.st_size, status.st_mtime_ns
    elif entry.name not in _NOT_CODE:
        identity = (status.st_dev, status.st_ino)
        if identity in walked:
            yield entry.path, *identity  # a link may be turned to another folder
        else:
            walked.add(identity)
            yield from _files(entry.path, walked)
