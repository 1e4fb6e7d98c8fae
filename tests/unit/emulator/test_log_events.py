"""CloudWatch Logs' events in MiniStack's own module."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.core import persistence
from ministack.services import cloudwatch_logs as logs

from services.emulator import log_events
from services.emulator.log_events import LogEvents
from services.emulator.long_list import LongList
from services.emulator.state import encode

KEPT, SLACK = 100, 10
MENDED = ("_append_log_events", "load_persisted_state", "_get_log_record", "_log_records")
PLACE = {"logGroupName": "g", "logStreamName": "s"}


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As it was, when the test is over; few events are kept, in small files."""
    for name in MENDED:
        monkeypatch.setattr(logs, name, getattr(logs, name))
    monkeypatch.setattr(log_events, "KEPT", KEPT)
    monkeypatch.setattr(log_events, "SLACK", SLACK)
    monkeypatch.setattr(log_events, "SEGMENT_BYTES", 1000)
    yield
    logs.reset()


class Model:
    """A log stream, and the events that must be in it: time and text, in the order of time."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.now = 1_000_000
        self.sent: list[tuple[int, str]] = []
        self.made = LogEvents(logs, folder)
        self.made.install()
        logs._create_log_group({"logGroupName": "g"})
        logs._create_log_stream(PLACE)
        self.save()

    def put(self, late: int = 0) -> None:
        added: list[tuple[int, str]] = []
        for _ in range(self.random.randrange(1, 20)):
            self.now += self.random.randrange(3)
            text = f"{len(self.sent) + len(added)} {self.random.choice(['', 'ü', 'x' * 50])}"
            added.append((self.now - late, text))
        entries = [{"timestamp": time, "message": text} for time, text in added]
        answer(logs._put_log_events({**PLACE, "logEvents": entries}))
        self.sent = sorted([*self.sent, *added], key=lambda event: event[0])

    def put_late(self) -> None:
        self.put(self.random.choice([1, 50, 1000]))

    def spill(self) -> None:
        self.made.spill()

    def save(self) -> None:
        """The file of state is written."""
        text = encode(persistence, "cloudwatch_logs", logs.get_state)
        assert text
        self.state, self.saved = text, list(self.sent)

    def sweep(self) -> None:
        self.save()  # long ago by the second look
        self.made.sweep()

    def stop(self) -> None:
        """The process ends and begins anew."""
        self.save()
        for name in ("_log_groups", "_queries"):
            getattr(logs, name).clear()
        payload = json.loads(self.state, object_hook=persistence._json_object_hook)["payload"]
        logs.load_persisted_state(payload)

    def check(self) -> None:
        kept = self.kept()
        events = answer(logs._get_log_events({**PLACE, "startFromHead": True}))["events"]
        assert [(one["timestamp"], one["message"]) for one in events] == kept
        since = self.random.choice(kept)[0]
        found = answer(logs._filter_log_events({"logGroupName": "g", "startTime": since}))["events"]
        assert [one["message"] for one in found] == [text for time, text in kept if time >= since]
        last = answer(logs._get_log_events({**PLACE, "limit": 3}))["events"]
        assert [one["message"] for one in last] == [text for _, text in kept[-3:]]

    def kept(self) -> list[tuple[int, str]]:
        """What the log stream must still have: of too many the newest."""
        if len(self.sent) > KEPT + SLACK:
            self.sent = self.sent[-KEPT:]
        return self.sent


def answer(reply: Any) -> Any:
    assert reply[0] == 200, reply
    return json.loads(reply[2])


STEPS: list[Callable[[Model], None]] = [
    Model.put, Model.put, Model.put, Model.put_late, Model.spill, Model.sweep, Model.stop
]  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_the_newest_events_are_read(tmp_path: Path, seed: int) -> None:
    """In the order of time, also those that come late; on disk or not; before a restart and after it."""
    model = Model(tmp_path, seed)
    model.put()
    for _ in range(60):
        model.random.choice(STEPS)(model)
        model.check()


def test_memory_and_the_file_of_state_hold_the_newest_only(tmp_path: Path) -> None:
    """The others are on disk."""
    model = Model(tmp_path)
    for _ in range(40):
        model.put()
        model.spill()
    events = logs._log_groups["g"]["streams"]["s"]["events"]
    model.save()

    assert isinstance(events, LongList)
    assert sum(map(len, events.newest()[1])) < 3000
    assert len(model.state) < 10_000 < sum(path.stat().st_size for path in tmp_path.glob("*/*.log"))
    assert logs._log_records.all_items() == []


def test_insights_finds_events_and_their_pointers_lead_to_them(tmp_path: Path) -> None:
    """On disk, too; a pointer to nothing is refused as before."""
    model = Model(tmp_path)
    logs._put_log_events({**PLACE, "logEvents": [{"timestamp": 5000, "message": "look for me"}]})
    while len(model.sent) < KEPT - 20:
        model.put()
    model.spill()
    wish = {
        "logGroupName": "g",
        "startTime": 0,
        "endTime": 10**7,
        "queryString": "fields @ptr | filter @message like /look/",
    }
    query = answer(logs._start_query(wish))["queryId"]
    [[pointer]] = answer(logs._get_query_results({"queryId": query}))["results"]
    found = answer(logs._get_log_record({"logRecordPointer": pointer["value"]}))["logRecord"]

    assert found["@message"] == "look for me"
    assert (found["@log"], found["@logStream"]) == ("g", "s")
    assert logs._get_log_record({"logRecordPointer": "nothing"})[0] == 400


def test_events_of_an_earlier_file_are_taken_up(tmp_path: Path) -> None:
    """They were lists of dictionaries, and more were kept than there is room for."""
    groups = type(logs._log_groups)()
    events = [{"timestamp": n, "message": str(n), "ingestionTime": n} for n in range(50)]
    groups["g"] = {"streams": {"s": {"events": events}}}
    made = LogEvents(logs, tmp_path)
    made.install()
    logs.load_persisted_state({"log_groups": groups, "log_records": {"p": {"@ptr": "p"}}})
    kept = logs._log_groups["g"]["streams"]["s"]["events"]

    assert isinstance(kept, LongList)
    assert [one["message"] for one in kept] == [str(n) for n in range(50)]


def test_the_files_of_a_deleted_log_stream_go(tmp_path: Path) -> None:
    """At the second look."""
    model = Model(tmp_path)
    for _ in range(20):
        model.put()
    model.spill()
    assert [*tmp_path.glob("*/*.log")]
    answer(logs._delete_log_stream(PLACE))
    model.made.sweep()
    model.made.sweep()

    assert not [*tmp_path.glob("*")]
