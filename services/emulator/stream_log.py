"""The records of all streams on disk: one journal per stream, written before a put is answered.

MiniStack holds the records as part of its state, a JSON file written as a whole at a clean stop. Here kinesis.json
holds what is small (streams, shards, consumers, policies) and is written on every change of it; records go to journals
beside it, whose old segments are removed when retention has taken all that is in them.
"""

import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from cloud.log import line
from services.emulator.journal import Journal
from services.emulator.records import Record
from services.emulator.sequence import OLDEST, SequenceNumbers, issued_at

Stream = dict[str, Any]
Addition = tuple[str, Record]  # shard id, record

_log = logging.getLogger(__name__)


def created(stream: Stream) -> int:
    """When a stream was created, in ms since 1970: tells it from an earlier one of its name."""
    return int(stream["CreationTimestamp"] * 1000)


def without_records(stream: Stream) -> Stream:
    """The stream as kinesis.json holds it."""
    shards = {n: {k: v for k, v in s.items() if k != "records"} for n, s in stream["shards"].items()}
    return {**stream, "shards": shards}


def record(number: str, partition_key: str, data: str) -> Record:
    """A record as GetRecords returns it; data is Base64."""
    return {
        "SequenceNumber": number,
        "ApproximateArrivalTimestamp": issued_at(number),
        "Data": data,
        "PartitionKey": partition_key,
    }


class StreamLog:
    """What keeps the streams' records across the end of the process."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.clock = clock
        self._journals: dict[str, Journal] = {}
        self._newest: dict[tuple[str, int], float] = {}  # (stream's folder, segment): arrival of its last record

    def append(self, stream: Stream, additions: Iterable[Addition]) -> None:
        """Keep records, in one write. Raises OSError when the disk does not take them."""
        lines = [
            orjson.dumps([shard, r["SequenceNumber"], r["PartitionKey"], r["Data"]], option=orjson.OPT_APPEND_NEWLINE)
            for shard, r in additions
        ]
        journal = self._journal(stream)
        journal.append(b"".join(lines))
        self._newest[journal.folder.name, journal.current] = self.clock()

    def load(self, streams: Iterable[Stream], numbers: SequenceNumbers) -> None:
        """Fill the shards with what the journals hold, and remove journals of streams that are gone."""
        known = {self._name(stream): stream for stream in streams}
        for name, stream in known.items():
            count = self._fill(stream, self._journal(stream), numbers)
            _log.info(line("stream loaded", stream=name, records=count))
        for folder in self.folder.glob("*") if self.folder.is_dir() else ():
            if folder.name not in known:
                Journal(folder).remove()

    def drop(self, stream: Stream) -> None:
        """The stream was deleted."""
        self._journal(stream).remove()
        del self._journals[self._name(stream)]

    def clear(self) -> None:
        """All streams were deleted."""
        for folder in self.folder.glob("*"):
            self._journals.pop(folder.name, Journal(folder)).remove()

    def forget_expired(self, stream: Stream, horizon: float) -> None:
        """Remove the segments that hold nothing younger than the horizon (seconds since 1970)."""
        journal = self._journal(stream)
        for segment in journal.segments():
            if segment != journal.current and self._newest.get((journal.folder.name, segment), 0) < horizon:
                journal.forget(segment)

    def sync(self) -> None:
        """Wait until the disk has all; called from a thread."""
        for journal in list(self._journals.values()):
            journal.sync()

    def _fill(self, stream: Stream, journal: Journal, numbers: SequenceNumbers) -> int:
        count, number = 0, OLDEST
        for segment in journal.segments():
            for text in journal.lines(segment):
                shard, number, partition_key, data = orjson.loads(text)
                if shard in stream["shards"]:
                    stream["shards"][shard]["records"].append(record(number, partition_key, data))
                    count += 1
            self._newest[journal.folder.name, segment] = issued_at(number)  # a stream's numbers only grow
        numbers.observe(number)
        return count

    def _journal(self, stream: Stream) -> Journal:
        name = self._name(stream)
        if name not in self._journals:
            self._journals[name] = Journal(self.folder / name)
        return self._journals[name]

    def _name(self, stream: Stream) -> str:
        _, _, _, region, account, resource = stream["StreamARN"].split(":", 5)
        return f"{account}.{region}.{resource.removeprefix('stream/')}.{created(stream)}"
