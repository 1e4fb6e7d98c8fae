"""The records of one stream: all of them on disk, the newest in memory too.

A stream keeps its records for a day or more, a few hundred bytes of memory each: 1.5 GB an hour of a room's game. Who
reads at the tip, as nearly everybody does, finds them in the shards' lists; who reads further back gets them from the
journal. Its last two segments are in memory as well. When a new one begins, the oldest of them is let go: nothing is
moved or written for that, so no moment of it can lose anything.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter, itemgetter

from services.emulator import segment
from services.emulator.journal import Journal
from services.emulator.segment import Addition, Record
from services.emulator.sequence import OLDEST
from services.emulator.shards import Shards

SEGMENT_BYTES = 2 * 1024 * 1024
IN_MEMORY = 2  # segments

_sequence_number = itemgetter("SequenceNumber")


@dataclass(slots=True)
class Segment:
    """A file that holds records. last: the highest sequence number in it; shards: whose it alone holds."""

    number: int
    first: str
    last: str
    shards: frozenset[str] = frozenset()


class Store:
    """A stream's journal and what is known of its segments. Shards are those of the stream."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.segments: list[Segment] = []
        self._spilled: dict[str, str] = {}  # shard: number of its newest record that is on disk only
        self._kinds: dict[frozenset[str], frozenset[str]] = {}  # many segments hold the same shards

    def append(self, shards: Shards, additions: list[Addition]) -> None:
        """Keep records, in one write. Raises OSError, with none kept, when the disk does not take them."""
        self.journal.append(segment.encode(additions))
        if not self.segments or self.segments[-1].number != self.journal.current:
            self._begin(self.journal.current, additions[0][1]["SequenceNumber"], shards)
        self.segments[-1].last = additions[-1][1]["SequenceNumber"]
        for name, record in additions:
            shards[name]["records"].append(record)

    def after(self, shards: Shards, name: str, number: str) -> Iterator[Iterable[Record]]:
        """The records of a shard after a sequence number, in parts that cost about the same to get."""
        if number < self._spilled.get(name, OLDEST):
            place = bisect_right(self.segments, number, key=attrgetter("last"))
            for one in islice(self.segments, place, None):
                if name in one.shards:
                    yield segment.after(self.journal.read(one.number), name, number)
        records = shards[name]["records"]
        if records and _sequence_number(records[-1]) > number:
            place = bisect_right(records, number, key=_sequence_number)
            yield islice(records, place, None)

    def load(self, shards: Shards) -> int:
        """Take up what the journal holds; how many records are in memory."""
        numbers = self.journal.segments()
        for number in numbers[:-IN_MEMORY]:
            self._take_note(number, shards)
        return sum(self._fill(number, shards) for number in numbers[-IN_MEMORY:])

    def forget(self, shards: Shards, before: str) -> None:
        """Remove what comes before a sequence number: from memory, and the segments that hold nothing else."""
        for shard in shards.values():
            records = shard["records"]
            del records[: bisect_left(records, before, key=_sequence_number)]
        while self.segments and self.segments[0].last < before and self.segments[0].number != self.journal.current:
            self.journal.forget(self.segments.pop(0).number)

    def _begin(self, number: int, first: str, shards: Shards) -> None:
        self.segments.append(Segment(number, first, first))
        if len(self.segments) > IN_MEMORY:
            self._spill(self.segments[-IN_MEMORY - 1], self.segments[-IN_MEMORY].first, shards)

    def _spill(self, oldest: Segment, kept: str, shards: Shards) -> None:
        gone = {}
        for name, shard in shards.items():
            records = shard["records"]
            if end := bisect_left(records, kept, key=_sequence_number):
                gone[name] = _sequence_number(records[end - 1])
                del records[:end]
        self._on_disk_only(oldest, gone)

    def _on_disk_only(self, of: Segment, newest: dict[str, str]) -> None:
        self._spilled |= newest
        names = of.shards.union(newest)
        of.shards = self._kinds.setdefault(names, names)

    def _take_note(self, number: int, shards: Shards) -> None:
        data = self.journal.read(number)
        if not data:
            self.journal.forget(number)  # its process died at once
            return
        found = segment.newest(data, shards)
        first = segment.decode(data[: data.index(b"\n")])[1]["SequenceNumber"]
        self.segments.append(Segment(number, first, max(found.values(), default=first)))
        self._on_disk_only(self.segments[-1], found)

    def _fill(self, number: int, shards: Shards) -> int:
        count = 0
        for name, record in map(segment.decode, self.journal.lines(number)):
            of = _sequence_number(record)
            if not self.segments or self.segments[-1].number != number:
                self.segments.append(Segment(number, of, of))
            self.segments[-1].last = of
            if name in shards:
                shards[name]["records"].append(record)
                count += 1
        return count
