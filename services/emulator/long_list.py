"""A list of JSON values that is added to at its end and forgotten from its beginning: old values are on disk.

It takes the place of MiniStack's lists of dicts, of which a day's took gigabytes. The newest values are in memory, as
text, which is a quarter of what dicts take; older ones are in files, one value a line. A file is named by the position
of its first value, counted from the first one that ever was, so that a list is found again by looking at its folder.

Only what is in files survives the process. The newest values are its owner's to keep, and to hand in again (resume).
"""

import shutil
import threading
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

from services.emulator import journal
from services.emulator.json_text import dump, parse

_SUFFIX = ".log"


class Segment(NamedTuple):
    """A file of values. position: of the first; end: after the last."""

    position: int
    end: int


class LongList(Sequence[Any]):
    """The values. folder: of its files, made when the first is written; segment_bytes: of one, about.

    Two segments' worth of bytes stay in memory.
    """

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self.folder = folder
        self.segment_bytes = segment_bytes
        self.segments: list[Segment] = []
        self._lock = threading.Lock()  # MiniStack adds from several threads; segments are written in one of ours
        self._newest: list[bytes] = []
        self._position = 0  # of the first of the newest
        self._start = 0  # what is before it is forgotten
        self._size = 0  # bytes of the newest
        self._seen: tuple[Path, list[bytes]] | None = None  # the file that was read last
        self._find()

    @property
    def start(self) -> int:
        """The position of the first value."""
        return self._start

    @property
    def end(self) -> int:
        """The position that the next value will have."""
        return self._position + len(self._newest)

    def __len__(self) -> int:
        return self.end - self._start

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        with self._lock:
            start, size = self._start, len(self)
            if isinstance(place, slice):
                return [parse(self._text(start + index)) for index in range(*place.indices(size))]
            index = place + size if place < 0 else place
            if not 0 <= index < size:
                raise IndexError(place)
            return parse(self._text(start + index))

    def __iter__(self) -> Iterator[Any]:
        return map(parse, self.texts())

    def append(self, value: Any) -> None:
        """Add a value."""
        self.add(dump(value))

    def add(self, text: bytes) -> None:
        """Add a value that is text already."""
        text = b"".join((text, b""))  # orjson's own holds 4 KB of memory, however short it is
        with self._lock:
            self._newest.append(text)
            self._size += len(text)

    def extend(self, values: Iterable[Any]) -> None:
        """Add values."""
        for value in values:
            self.append(value)

    def texts(self, position: int = 0) -> Iterator[bytes]:
        """The texts of all values from a position on that are there by the time they are reached."""
        while True:
            with self._lock:
                position = max(position, self._start)
                part = self._part(position)
            if not part:
                return
            yield from part
            position += len(part)

    def newest(self) -> tuple[int, list[bytes]]:
        """What is in memory only: the position of the first, and the texts."""
        with self._lock:
            return self._position, [*self._newest]

    def resume(self, position: int, values: Iterable[Any]) -> None:
        """Take up what another process had in memory: the position of the first, and the values."""
        if position > self.end:
            self._begin(position)
        for value in list(values)[self.end - position :]:
            self.add(dump(value))

    def kept(self) -> Any:
        """What a file of state holds of it: all that is not in files of its own."""
        position, texts = self.newest()
        newest = b"\n".join(texts).decode()
        return {"folder": self.folder.name, "start": self.start, "position": position, "newest": newest}

    def take_up(self, kept: Any) -> None:
        """What kept() gave."""
        self.resume(kept["position"], map(parse, kept["newest"].encode().splitlines()))
        self.forget(kept["start"])

    def forget(self, position: int) -> None:
        """Forget what is before a position."""
        with self._lock:
            self._start = max(self._start, min(position, self.end))
            while self.segments and self.segments[0].end <= self._start:
                self._path(self.segments.pop(0).position).unlink(missing_ok=True)
            if (gone := self._start - self._position) > 0:
                self._size -= sum(map(len, self._newest[:gone]))
                del self._newest[:gone]
                self._position = self._start

    def spill(self) -> None:
        """Write the older ones of the newest to disk, and let go of them. Raises OSError; then they stay.

        May run in a thread of its own, while others add, read and forget.
        """
        while self._size > 2 * self.segment_bytes:
            with self._lock:
                position, texts = self._position, self._oldest()
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            journal.replace(self._path(position), b"".join(text + b"\n" for text in texts))
            with self._lock:
                if position != self._position:  # it was forgotten meanwhile
                    self._path(position).unlink(missing_ok=True)
                    continue
                self._seen = None
                self.segments.append(Segment(position, position + len(texts)))
                del self._newest[: len(texts)]
                self._position += len(texts)
                self._size -= sum(map(len, texts))

    def remove(self) -> None:
        """Forget all, and the folder."""
        self._begin(self.end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _find(self) -> None:
        for path in sorted(self.folder.glob("*" + _SUFFIX)):
            position = int(path.stem)
            if position != self._position:
                self._begin(position)
            self._position += path.read_bytes().count(b"\n")
            self.segments.append(Segment(position, self._position))

    def _begin(self, position: int) -> None:
        self.forget(self.end)
        self._start = self._position = position

    def _oldest(self) -> list[bytes]:
        size = count = 0
        while count < len(self._newest) and size < self.segment_bytes:
            size += len(self._newest[count])
            count += 1
        return self._newest[:count]

    def _text(self, position: int) -> bytes:
        if position >= self._position:
            return self._newest[position - self._position]
        segment, texts = self._stored(position)
        return texts[position - segment.position]

    def _part(self, position: int) -> list[bytes]:
        if position >= self._position:
            return self._newest[position - self._position :]
        segment, texts = self._stored(position)
        return texts[position - segment.position :]

    def _stored(self, position: int) -> tuple[Segment, list[bytes]]:
        segment = self.segments[bisect_right(self.segments, position, key=lambda one: one.position) - 1]
        path = self._path(segment.position)
        if self._seen is None or self._seen[0] != path:
            self._seen = path, path.read_bytes().splitlines()
        return segment, self._seen[1]

    def _path(self, position: int) -> Path:
        return self.folder / f"{position:012d}{_SUFFIX}"


def sweep(folder: Path, known: Collection[Path], before: Collection[Path]) -> set[Path]:
    """Remove folders that belong to nobody, now and at the look before; those that are to be removed next.

    Whoever had them until just now may not be on disk without them yet.
    """
    unknown = {path for path in folder.glob("*") if path not in known}
    for path in unknown.intersection(before):
        shutil.rmtree(path, ignore_errors=True)
    return unknown.difference(before)
