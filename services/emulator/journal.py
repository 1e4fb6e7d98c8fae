"""A file that is only appended to: what was written to it survives the end of the process, however sudden.

MiniStack writes its state when it is told to stop, so a kill -9, a crash or a full memory loses all since the start.
Here a change is handed to the kernel before its caller hears of success, which costs some ten microseconds; what a
killed process had written, the kernel still has. Against a power cut the files are also synced, about once a second.
"""

import errno
import os
import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SEGMENT_BYTES = 8 * 1024 * 1024
UNSYNCED = 16  # full segments that wait for sync; beyond these the kernel alone sees to them
_SUFFIX = ".log"


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file as a whole: after a crash at any moment it holds the old content or the new, never half.

    durable: also wait until the disk has it.
    """
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)


class Journal:
    """Lines in numbered segment files of a folder, oldest first; only the last segment grows."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.segment_bytes = segment_bytes
        self.current = max(self.segments(), default=0)
        self._file = -1
        self._size = 0
        self._unsynced = False
        self._full: deque[int] = deque()  # files of full segments that the disk may not have yet

    def segments(self) -> list[int]:
        """The numbers of the segments, oldest first."""
        return sorted(int(path.stem) for path in self.folder.glob("*" + _SUFFIX))

    def path(self, segment: int) -> Path:
        """Where a segment is."""
        return self.folder / f"{segment:08d}{_SUFFIX}"

    def lines(self, segment: int) -> Iterator[bytes]:
        """The lines of a segment; a last one that was cut off by the end of its process is left out."""
        with self.path(segment).open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))

    def read(self, segment: int) -> bytes:
        """All whole lines of a segment."""
        data = self.path(segment).read_bytes()
        return data if data.endswith(b"\n") else data[: data.rfind(b"\n") + 1]

    def append(self, data: bytes) -> None:
        """Add whole lines. Raises OSError, with nothing added, when the disk does not take them."""
        if self._file < 0 or self._size >= self.segment_bytes:
            self.roll()
        written = os.write(self._file, data)
        if written < len(data):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, "the disk took part of a write only", str(self.path(self.current)))
        self._size += written
        self._unsynced = True

    def roll(self, skip: int = 0) -> int:
        """Begin a new segment, leaving so many numbers free before it; its number."""
        if self._file >= 0:
            self._full.append(self._file)
            self._file = -1
        with suppress(IndexError):  # sync may take them out meanwhile
            while len(self._full) > UNSYNCED:
                os.close(self._full.popleft())
        self.current += 1 + skip
        self._file = os.open(self.path(self.current), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._size = 0
        return self.current

    def forget(self, segment: int) -> None:
        """Remove a segment that no longer grows."""
        self.path(segment).unlink(missing_ok=True)

    def sync(self) -> None:
        """Wait until the disk has all lines; may run in another thread than append and close."""
        with suppress(IndexError):  # whoever takes a file out closes it
            while True:
                _settle(self._full.popleft())
        if self._unsynced and self._file >= 0:
            self._unsynced = False
            try:
                file = os.dup(self._file)
            except OSError:  # closed meanwhile
                return
            _settle(file)

    def close(self) -> None:
        """Let go of the file; the next append begins a new segment."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
        with suppress(IndexError):
            while True:
                os.close(self._full.popleft())

    def remove(self) -> None:
        """Close, and remove the folder with all in it."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _settle(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)
