"""CloudWatch Logs' events, mended: MiniStack keeps all of them in memory, twice (for Logs Insights), and so in every
file that it writes of them.

A function that reads a stream writes some forty lines a second, 1.6 KB of memory each: 5 GB in a day. AWS keeps them on
disks of its own. Here every log stream keeps its newest ones, of these the newest hundreds in memory and in the file of
the service's state, the others in files of their own (long_list). What Insights finds is made again when it is asked
for, and a pointer to it is looked for.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.emulator.json_text import dump, parse
from services.emulator.long_list import LongList, sweep
from services.emulator.patch import put

KEPT = 5_000  # events of a log stream, that is of an environment of a function
SLACK = 500  # go at once: a file is looked at no more often
SEGMENT_BYTES = 32 * 1024

Stream = dict[str, Any]


class LogEvents:
    """The mend. logs: MiniStack's module; folder: of the events on disk, a folder for each log stream."""

    def __init__(self, logs: Any, folder: Path) -> None:
        self.logs = logs
        self.folder = folder
        self._unknown: set[Path] = set()

    def install(self) -> None:
        """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
        self._add = put(self.logs, "_append_log_events", self.append)
        self._restore = put(self.logs, "load_persisted_state", self.load)
        self._get_record = put(self.logs, "_get_log_record", self.get_record)
        put(self.logs, "_log_records", _storing_nothing(self.logs._log_records))

    def append(self, stream: Stream, events: list[dict[str, Any]]) -> None:
        """In the place of MiniStack's function of that purpose."""
        self._adopt(stream)
        self._add(stream, events)
        self._adopt(stream)  # events that came late make a new list
        kept = stream["events"]
        if len(kept) > KEPT + SLACK:
            kept.forget(kept.end - KEPT)

    def load(self, payload: dict[str, Any]) -> None:
        """Take up cloudwatch_logs.json and the files of events."""
        groups = payload.get("log_groups")
        streams = [*_streams(groups)] if groups is not None else []
        held = [stream["events"] for stream in streams]
        for stream in streams:
            stream["events"] = []  # MiniStack would sort them
        self._restore(payload)
        for stream, events in zip(streams, held, strict=True):
            stream["events"] = self._read(events) if isinstance(events, dict) else events
            self._adopt(stream)
        self.sweep()

    def get_record(self, request: dict[str, Any]) -> Any:
        """GetLogRecord."""
        pointer = request.get("logRecordPointer")
        found = self._record(pointer) if pointer and isinstance(pointer, str) else None
        if found is None:
            return self._get_record(request)  # which refuses it
        return self.logs.json_response({"logRecord": self.logs._public_log_record(found)})

    def spill(self) -> None:
        """Write what memory should not hold; called from a thread. Raises OSError when the disk does not take it."""
        for events in self._lists():
            events.spill()

    def sweep(self) -> None:
        """Remove the files of log streams that are no more."""
        self._unknown = sweep(self.folder, {events.folder for events in self._lists()}, self._unknown)

    def _record(self, pointer: str) -> Any:
        """What Insights tells of the event that has this id; None when there is none."""
        mark = dump(pointer)
        for name, group in self.logs._log_groups.items():
            for stream_name, stream in group["streams"].items():
                for text in stream["events"].texts() if isinstance(stream["events"], LongList) else ():
                    if mark in text and (event := parse(text)).get("eventId") == pointer:
                        return self.logs._build_log_record(
                            ptr=pointer, timestamp_ms=event["timestamp"], message=event["message"],
                            log_group=name, log_stream=stream_name,
                        )  # fmt: skip
        return None

    def _adopt(self, stream: Stream) -> None:
        events = stream["events"]
        if not isinstance(events, LongList):
            stream["events"] = self._list(uuid.uuid4().hex)
            stream["events"].extend(events)

    def _read(self, held: dict[str, Any]) -> LongList:
        events = self._list(held["folder"])
        events.take_up(held)
        return events

    def _list(self, name: str) -> LongList:
        return LongList(self.folder / name, SEGMENT_BYTES)

    def _lists(self) -> list[LongList]:
        lists = [stream["events"] for stream in _streams(self.logs._log_groups)]
        return [events for events in lists if isinstance(events, LongList)]


def _streams(groups: Any) -> Iterator[Stream]:
    """The log streams of all accounts and regions."""
    for group in groups.all_values():
        yield from [*group["streams"].values()]


def _storing_nothing(like: Any) -> Any:
    """In the place of MiniStack's store of what Insights tells of events, which it makes itself where there is none."""

    class Records(type(like)):  # type: ignore[misc]  # what writes the state looks for MiniStack's class
        """Stores nothing."""

        __slots__ = ()

        def __setitem__(self, pointer: str, record: Any) -> None:
            """It is kept already, as an event."""

        def update(self, other: Any) -> None:
            """What a file from before has is kept as events, too."""

    return Records()
