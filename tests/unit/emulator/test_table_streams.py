"""The records of tables' streams, beside a list of all that there ever were."""

import asyncio
import copy
import json
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.emulator import items, table_records
from services.emulator.table_records import Numbers
from services.emulator.table_streams import RETENTION
from tests.unit.emulator.streams import BEGIN, Clock
from tests.unit.emulator.tables import arn, mended, next_process, record, table

HOUR = 3600


class Model:
    """A table with a stream, and every record that its streams ever had, by label."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.clock = Clock()
        self.label = "2026-1"
        self.sent: dict[str, list[Any]] = {self.label: []}
        self.items = mended(folder, self.clock, t=table("t", self.label))
        self.save()

    def put(self) -> None:
        for number in range(self.random.randrange(20)):
            made = record(self.label, self.items.dynamodb._next_stream_seq())
            made["dynamodb"]["NewImage"] = {"text": {"S": self.random.choice(["", "\ud800", "x" * 80])}}
            self.items.dynamodb._set_item(self.items.dynamodb._tables["t"], "p", str(number % 3), {})
            self.items.emit("t", made)
            self.sent[self.label].append(made)
        self.items.flush()

    def wait(self) -> None:
        self.clock.now += self.random.choice([1, HOUR, 9 * HOUR])

    def set_back(self) -> None:
        self.clock.now -= 60

    def spill(self) -> None:
        self.items.streams.spill()

    def compact(self) -> None:
        asyncio.run(self.items.compact())

    def look(self) -> None:
        self.items.streams.forget_expired()

    def close(self) -> None:
        """The stream is disabled, and another one enabled."""
        of = self.items.dynamodb
        self.items.streams.ready("t")
        of._closed_streams[arn(self.label)] = {
            "records": of._stream_records.values.pop("t"),
            "trimmed": of._stream_trimmed.values.pop("t", 0),
        }
        self.label = f"2026-{len(self.sent) + 1}"
        self.sent[self.label] = []
        of._tables["t"]["LatestStreamArn"] = arn(self.label)
        self.save()

    def save(self) -> None:
        """What dynamodb.json holds: it is written on every change of a table."""
        tables = {"t": {**self.items.dynamodb._tables["t"], "items": {}}}
        closed = self.items.streams.state().values
        self.state = json.loads(json.dumps({"tables": tables, "closed_streams": closed}))

    def kill(self) -> None:
        state = copy.deepcopy(self.state)
        self.items = mended(self.folder, self.clock, **state["tables"])
        self.items.load({"closed_streams": state["closed_streams"]})

    def check(self) -> None:
        self.items.streams.ready("t")
        of = self.items.dynamodb
        streams = {one: of._closed_streams[one]["records"] for one in of._closed_streams.values}
        streams[arn(self.label)] = of._stream_records["t"]
        for label, sent in self.sent.items():
            records = streams[arn(label)]
            found = list(records)

            assert found == sent[records.start :]
            assert records.end == len(sent)
            assert not self.looked or not found or number(found[0]) >= self.horizon()
        self.iterators(self.sent[self.label], streams[arn(self.label)])

    looked = False  # whether retention was looked at just now

    def horizon(self) -> str:
        return f"{int((self.clock.now - RETENTION) * 1000):020d}"

    def iterators(self, sent: list[Any], records: Any) -> None:
        for place in self.random.sample(range(len(sent)), min(3, len(sent))):
            for kind, expected in (("AT_SEQUENCE_NUMBER", place), ("AFTER_SEQUENCE_NUMBER", place + 1)):
                found = self.place(kind, number(sent[place]))

                assert found == (expected if place >= records.start else "TrimmedDataAccessException")
        assert self.place("AT_SEQUENCE_NUMBER", "7" * 30) == "TrimmedDataAccessException"

    def place(self, kind: str, at: str) -> Any:
        request = {"StreamArn": arn(self.label), "ShardIteratorType": kind, "SequenceNumber": at}
        status, _, body = self.items.streams.reading._get_shard_iterator(request)
        answer = json.loads(body)
        if status >= 300:
            return answer["__type"]
        return self.items.streams.reading._decode_iterator(answer["ShardIterator"])["p"]


STEPS: list[Callable[[Model], None]] = [
    Model.put, Model.put, Model.put, Model.wait, Model.set_back, Model.spill, Model.compact, Model.look, Model.close,
    Model.kill,
]  # fmt: skip


def filled(folder: Path, count: int) -> Model:
    """A stream of so many records or a few more, the older of them on disk."""
    model = Model(folder, 1)
    while len(model.sent[model.label]) < count:
        model.put()
    model.spill()
    return model


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few records."""
    monkeypatch.setattr(table_records, "SEGMENT_BYTES", 1000)


@pytest.mark.parametrize("seed", range(15))
def test_whatever_happens_records_and_their_places_stay(tmp_path: Path, seed: int) -> None:
    """Written to disk, the journal made new, retention at work, the stream closed, the process killed, in any order."""
    model = Model(tmp_path, seed)
    for _ in range(60):
        step = model.random.choice(STEPS)
        step(model)
        model.looked = step in {Model.look, Model.kill}
        model.check()


def test_memory_and_the_journal_hold_the_newest_records_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is made new without the older ones, which are in files of their own."""
    monkeypatch.setattr(items, "SMALL", 1000)
    model = filled(tmp_path, 500)
    model.compact()
    _, newest = model.items.dynamodb._stream_records["t"].newest()

    assert sum(map(len, newest)) < 3000
    assert sum(path.stat().st_size for path in tmp_path.glob("*.log")) < 5000
    model.kill()
    model.check()


def test_a_slice_is_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many records as fit into one, at least one; read from where they are, no further."""
    monkeypatch.setattr(table_records, "PAGE_BYTES", 500)
    model = filled(tmp_path, 200)
    sent, records, position = model.sent[model.label], model.items.dynamodb._stream_records["t"], 0
    while position < len(sent):
        page = records[position : position + 3]

        assert 1 <= len(page) <= 3
        assert page == sent[position : position + len(page)]
        assert len(page) == 1 or len(json.dumps(page)) < 1000
        position += len(page)
    assert records[position : position + 3] == []


def test_a_day_later_records_and_their_files_are_gone(tmp_path: Path) -> None:
    """And a new one has the place after them."""
    model = filled(tmp_path, 200)
    assert [*tmp_path.glob("streams/*/*.log")]
    model.clock.now += RETENTION + 1
    model.look()

    assert not [*tmp_path.glob("streams/*/*.log")]
    assert list(model.items.dynamodb._stream_records["t"]) == []
    assert model.items.dynamodb._stream_trimmed["t"] == len(model.sent[model.label])


def test_the_files_of_a_stream_that_is_no_more_go(tmp_path: Path) -> None:
    """A day after it was closed, MiniStack lets go of it."""
    model = filled(tmp_path, 200)
    model.close()
    model.look()
    assert [*tmp_path.glob("streams/*/*.log")]
    model.items.dynamodb._closed_streams.values.clear()
    model.look()
    model.look()

    assert not [*tmp_path.glob("streams/*")]


def test_what_an_earlier_dynamodb_json_held_of_a_closed_stream_is_taken_up(tmp_path: Path) -> None:
    """It held the records themselves."""
    made = mended(tmp_path)
    old = [record("2026-1", f"{int(BEGIN * 1000):020d}{n:010d}") for n in range(3)]
    made.load({"closed_streams": {arn("2026-1"): {"records": old, "trimmed": 4}}})
    records = made.dynamodb._closed_streams[arn("2026-1")]["records"]

    assert list(records) == old
    assert (records.start, records.end) == (4, 7)


def test_records_of_an_earlier_stream_do_not_come_back_in_a_later_one(tmp_path: Path) -> None:
    """The journal holds those of both."""
    made = mended(tmp_path, t=table("t", "2026-1"))
    made.emit("t", record("2026-1", made.dynamodb._next_stream_seq()))
    made.dynamodb._stream_records.values.clear()
    made.dynamodb._tables["t"] = table("t", "2026-2")
    made.emit("t", record("2026-2", made.dynamodb._next_stream_seq()))
    made.flush()
    fresh = next_process(tmp_path, t=table("t", "2026-2"))

    assert [one["eventSourceARN"] for one in fresh.dynamodb._stream_records["t"]] == [arn("2026-2")]


def test_numbers_grow_though_the_clock_goes_back() -> None:
    """And above those of an earlier run."""
    clock = Clock()
    numbers = Numbers(clock)
    found = [numbers.issue() for _ in range(3)]
    clock.now -= 100
    found.append(numbers.issue())
    later = Numbers(clock)
    later.observe(found[-1])
    found.append(later.issue())

    assert all(a < b for a, b in pairwise(found))
    assert {len(one) for one in found} == {30}


def number(of: Any) -> str:
    text: str = of["dynamodb"]["SequenceNumber"]
    return text
