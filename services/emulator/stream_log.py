"""The records of all streams on disk: one journal per stream, written before a put is answered.

MiniStack holds the records as part of its state, a JSON file written as a whole at a clean stop. Here kinesis.json
holds what is small (streams, shards, consumers, policies) and is written on every change of it; records go to journals
beside it (store), whose old segments are removed when retention has taken all that is in them.
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cloud.log import line
from services.emulator.journal import Journal
from services.emulator.segment import Addition, Record
from services.emulator.sequence import SequenceNumbers
from services.emulator.store import SEGMENT_BYTES, Store

Stream = dict[str, Any]

_log = logging.getLogger(__name__)


def created(stream: Stream) -> int:
    """When a stream was created, in ms since 1970: tells it from an earlier one of its name."""
    return int(stream["CreationTimestamp"] * 1000)


def without_records(stream: Stream) -> Stream:
    """The stream as kinesis.json holds it."""
    shards = {n: {k: v for k, v in s.items() if k != "records"} for n, s in stream["shards"].items()}
    return {**stream, "shards": shards}


class StreamLog:
    """What keeps the streams' records, across the end of the process too.

    lock: held while numbers are issued and their records appended, so that these are in order, and while they are read:
    MiniStack puts the changes of expired items from a thread of its own.
    """

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self.segment_bytes = segment_bytes
        self.lock = threading.RLock()
        self._stores: dict[str, Store] = {}

    def append(self, stream: Stream, additions: list[Addition]) -> None:
        """Keep records, in one write. Raises OSError, with none kept, when the disk does not take them."""
        self._store(stream).append(stream["shards"], additions)

    def after(self, stream: Stream, shard: str, number: str) -> Iterator[Iterable[Record]]:
        """The records of a shard after a sequence number, in parts that cost about the same to get."""
        return self._store(stream).after(stream["shards"], shard, number)

    def load(self, streams: Iterable[Stream], numbers: SequenceNumbers) -> None:
        """Take up what the journals hold, and remove journals of streams that are gone."""
        known = {self._name(stream): stream for stream in streams}
        for name, stream in known.items():
            store = self._store(stream)
            count = store.load(stream["shards"])
            if store.segments:
                numbers.observe(store.segments[-1].last)
            _log.info(line("stream loaded", stream=name, segments=len(store.segments), in_memory=count))
        for folder in self.folder.glob("*") if self.folder.is_dir() else ():
            if folder.name not in known:
                Journal(folder).remove()

    def drop(self, stream: Stream) -> None:
        """The stream was deleted."""
        self._store(stream).journal.remove()
        del self._stores[self._name(stream)]

    def clear(self) -> None:
        """All streams were deleted."""
        for folder in self.folder.glob("*"):
            store = self._stores.pop(folder.name, None)
            (store.journal if store else Journal(folder)).remove()

    def forget(self, stream: Stream, before: str) -> None:
        """Remove what comes before a sequence number: from memory, and the segments that hold nothing else."""
        self._store(stream).forget(stream["shards"], before)

    def sync(self) -> None:
        """Wait until the disk has all; called from a thread."""
        for store in list(self._stores.values()):
            store.journal.sync()

    def _store(self, stream: Stream) -> Store:
        name = self._name(stream)
        if name not in self._stores:
            self._stores[name] = Store(Journal(self.folder / name, self.segment_bytes))
        return self._stores[name]

    def _name(self, stream: Stream) -> str:
        _, _, _, region, account, resource = stream["StreamARN"].split(":", 5)
        return f"{account}.{region}.{resource.removeprefix('stream/')}.{created(stream)}"
