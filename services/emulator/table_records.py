"""The records of one table's stream, the older of them on disk (long_list), in the order of their sequence numbers."""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from services.emulator.json_text import dump, parse
from services.emulator.long_list import LongList

SEGMENT_BYTES = 256 * 1024
PAGE_BYTES = 1024 * 1024


class Numbers:
    """Sequence numbers in MiniStack's form, milliseconds and a count, that grow whatever the clock does."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._millis = self._count = 0

    def issue(self) -> str:
        """The next number."""
        with self._lock:
            self._millis = max(self._millis, int(self.clock() * 1000))
            self._count += 1
            return f"{self._millis:020d}{self._count:010d}"

    def observe(self, number: str) -> None:
        """Go on above a number that an earlier run handed out."""
        with self._lock:
            found = int(number[:20]), int(number[20:])
            self._millis, self._count = max((self._millis, self._count), found)


class Records(LongList):
    """A stream's records. added: is told of each that is new, as text."""

    def __init__(self, arn: str, folder: Path, added: Callable[[bytes], None]) -> None:
        super().__init__(folder / _folder_name(arn), SEGMENT_BYTES)
        self.arn = arn
        self.added = added

    def __getitem__(self, place: Any) -> Any:
        """A slice ends where a page of GetRecords does: MiniStack asks for a thousand and takes what fits into one."""
        if not isinstance(place, slice):
            return super().__getitem__(place)
        first, end, _ = place.indices(len(self))
        found, size = list[Any](), 0
        for text in islice(self.texts(self.start + first), max(0, end - first)):
            size += len(text)
            if found and size > PAGE_BYTES:
                break
            found.append(parse(text))
        return found

    def append(self, value: Any) -> None:
        """Add a record."""
        text = dump(value)
        self.add(text)
        self.added(text)

    def add_again(self, record: Any) -> None:
        """Add a record that an earlier run had, unless it is there."""
        if not self or number_of(record) > number_of(self[-1]):
            self.add(dump(record))

    def place(self, number: str) -> int:
        """The position of the first record with this number or a higher one."""
        return self.start + bisect_left(self, number, key=number_of)


def number_of(record: Any) -> str:
    """A record's sequence number."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _folder_name(arn: str) -> str:
    _, _, _, region, account, resource = arn.split(":", 5)
    _, table, _, label = resource.split("/")
    return f"{account}.{region}.{table}.{label.replace(':', '')}"
