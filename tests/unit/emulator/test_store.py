"""A stream whose old records are on disk only answers as one that has all of them in memory."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.emulator import shards
from services.emulator.kinesis import Kinesis
from services.emulator.sequence import OLDEST, before_time
from services.emulator.store import IN_MEMORY

from .streams import BEGIN, Clock, after_a_kill, traffic

SEGMENT = 400  # bytes, some four records
DAY = 24 * 3600.0


class Model:
    """The stream, and beside it all that it was ever sent."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.traffic = traffic(folder, self.clock, SEGMENT)
        self.traffic.streams.create({"StreamName": "s", "ShardCount": 2})
        self.sent: dict[str, list[dict[str, Any]]] = {}

    @property
    def stream(self) -> dict[str, Any]:
        found: dict[str, Any] = self.traffic.streams.kinesis._streams["s"]
        return found

    def put(self, count: int) -> None:
        wanted = [{"PartitionKey": f"größe {i}", "Data": "AP8="} for i in range(count)]
        reply = self.traffic.put_records({"StreamName": "s", "Records": wanted})
        for record, result in zip(wanted, reply["Records"], strict=True):
            kind = {k: self.stream[k] for k in ("EncryptionType",) if self.stream[k] != "NONE"}
            number = {"SequenceNumber": result["SequenceNumber"], "ApproximateArrivalTimestamp": self.clock()}
            self.sent.setdefault(result["ShardId"], []).append({**record, **number, **kind})

    def refuse(self, count: int) -> None:
        """The disk takes half of a write."""
        write = os.write
        with (
            patch.object(os, "write", lambda file, data: write(file, data[: len(data) // 2])),
            pytest.raises(OSError, match="part of a write"),
        ):
            self.traffic.put_records({"StreamName": "s", "Records": [{"PartitionKey": "k", "Data": "AP8="}] * count})

    def wait(self, hours: int) -> None:
        self.clock.now += hours // 4 * 9 * 3600 or 0.125  # which is a float's own

    def encrypt(self, which: int) -> None:
        self.stream["EncryptionType"] = ("NONE", "KMS")[which % 2]

    def split(self, which: int) -> None:
        names = shards.open_ids(self.stream["shards"])
        of = self.stream["shards"][names[which % len(names)]]
        middle = (int(of["starting_hash_key"]) + int(of["ending_hash_key"])) // 2
        self.traffic.streams.split(
            {"StreamName": "s", "ShardToSplit": names[which % len(names)], "NewStartingHashKey": str(middle)}
        )

    def merge(self, _: int) -> None:
        pair = shards.open_ids(self.stream["shards"])[:2]
        if len(pair) == 2:
            self.traffic.streams.merge({"StreamName": "s", "ShardToMerge": pair[0], "AdjacentShardToMerge": pair[1]})

    def forget(self, _: int) -> None:
        horizon = self.traffic.streams.horizon(self.stream)
        shards.forget_expired(self.stream["shards"], horizon)
        self.traffic.log.forget(self.stream, before_time(horizon))

    def kill(self, cut: int) -> None:
        """Perhaps in the middle of a write, or just before one."""
        journal = self.traffic.log._store(self.stream).journal
        if cut % 3:
            journal.roll()
            journal.path(journal.current).write_bytes(b'["shardId-0'[: 11 * (cut % 2)])
        self.traffic = after_a_kill(self.traffic, self.folder, self.clock)

    def left(self, shard: str, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        horizon = self.clock() - DAY
        return [r for r in self.sent.get(shard, []) if r["ApproximateArrivalTimestamp"] >= horizon and wanted(r)]

    def check(self, limit: int) -> None:
        for shard in list(self.stream["shards"]):
            self.reads(shard, limit, lambda r: True, ShardIteratorType="TRIM_HORIZON")
            self.reads(shard, limit, lambda r: False, ShardIteratorType="LATEST")
            for record in self.sent.get(shard, [])[:: 1 + len(self.sent) // 3]:
                number, at = record["SequenceNumber"], record["ApproximateArrivalTimestamp"]
                self.reads(
                    shard,
                    limit,
                    lambda r, number=number: r["SequenceNumber"] > number,  # type: ignore[misc]
                    ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                    StartingSequenceNumber=number,
                )
                self.reads(
                    shard,
                    limit,
                    lambda r, at=at: r["ApproximateArrivalTimestamp"] >= at,  # type: ignore[misc]
                    ShardIteratorType="AT_TIMESTAMP",
                    Timestamp=at,
                )

    def reads(self, shard: str, limit: int, wanted: Callable[[dict[str, Any]], bool], **start: Any) -> None:
        """From there on a reader finds exactly what it should, and hears how far behind it is."""
        expected, read = self.left(shard, wanted), 0
        place = self.traffic.get_shard_iterator({"StreamName": "s", "ShardId": shard, **start})["ShardIterator"]
        while place:
            page = self.traffic.get_records({"ShardIterator": place, "Limit": limit})

            assert page["Records"] == expected[read : read + limit]
            read, place = read + len(page["Records"]), page["NextShardIterator"]
            waiting = expected[read]["ApproximateArrivalTimestamp"] if read < len(expected) else self.clock()
            assert page["MillisBehindLatest"] == int((self.clock() - waiting) * 1000)
            if not page["Records"] and place:
                break
        assert read == len(expected)
        assert bool(place) == shards.is_open(self.stream["shards"][shard])


STEPS = {
    "put": Model.put,
    "refuse": Model.refuse,
    "wait": Model.wait,
    "encrypt": Model.encrypt,
    "split": Model.split,
    "merge": Model.merge,
    "forget": Model.forget,
    "kill": Model.kill,
}
WEIGHTED = [*STEPS, "put", "put", "put", "wait"]


@given(st.lists(st.tuples(st.sampled_from(WEIGHTED), st.integers(1, 12)), max_size=14), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_what_is_on_disk_only_is_read_as_what_is_in_memory(steps: list[tuple[str, int]], limit: int) -> None:
    """Whatever was put, refused, resharded, expired and killed before: every position gives the same records."""
    with tempfile.TemporaryDirectory() as folder:
        model = Model(Path(folder))
        for step, amount in steps:
            STEPS[step](model, amount)
            model.check(limit)


def test_memory_holds_what_the_newest_segments_hold(tmp_path: Path) -> None:
    """However many records the stream keeps."""
    of = Model(tmp_path)
    held = []
    for _ in range(50):
        of.put(20)
        held.append(sum(len(shard["records"]) for shard in of.stream["shards"].values()))

    assert len(held) == 50
    assert max(held) <= 20 * IN_MEMORY
    assert len(list(tmp_path.glob("*/*.log"))) == 50


def test_disk_holds_what_retention_has_left(tmp_path: Path) -> None:
    """A day later the old segments are gone, and so is what of them was in memory."""
    of = Model(tmp_path)
    for _ in range(10):
        of.put(20)
    of.wait(25)
    of.put(1)
    of.forget(0)

    assert len(list(tmp_path.glob("*/*.log"))) == 1
    assert sum(len(shard["records"]) for shard in of.stream["shards"].values()) == 1


def test_what_retention_has_taken_is_not_read_though_it_is_still_on_disk(tmp_path: Path) -> None:
    """From any position, on disk and in memory."""
    of = Model(tmp_path)
    for _ in range(6):
        of.put(20)
        of.wait(4)
    shard = next(iter(of.sent))

    assert 0 < len(of.left(shard, lambda r: True)) < len(of.sent[shard])
    of.check(limit=3)


def test_a_longer_retention_brings_nothing_back(tmp_path: Path) -> None:
    """What the shorter one had taken may still be on disk; what it had left stays for longer."""
    of = Model(tmp_path)
    of.put(20)
    of.wait(12)
    of.put(20)
    kinesis = MagicMock(_resolve_stream=of.traffic.streams.kinesis._resolve_stream)

    def increase(request: dict[str, Any]) -> Any:
        of.stream["RetentionPeriodHours"] = request["RetentionPeriodHours"]
        return 200, {}, b"{}"

    kinesis._increase_retention = increase
    of.clock.now = BEGIN + DAY + 1
    Kinesis(kinesis, None, of.traffic.streams, of.traffic, tmp_path / "kinesis.json")._increase(
        {"StreamName": "s", "RetentionPeriodHours": 48}
    )
    of.clock.now += DAY
    for shard, sent in of.sent.items():
        found, _ = of.traffic.page(of.stream, shard, OLDEST, 100)

        assert found == [r for r in sent if r["ApproximateArrivalTimestamp"] > BEGIN]


def test_a_page_is_made_of_so_many_segments_at_most(tmp_path: Path) -> None:
    """Who reads a shard that gets little pays with more pages, not everybody else with their time."""
    of = Model(tmp_path)
    for _ in range(60):
        of.put(20)
    shard, records = next(iter(of.sent.items()))
    place = of.traffic.get_shard_iterator({"StreamName": "s", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})
    with patch("services.emulator.journal.Journal.read", autospec=True, side_effect=_read) as read:
        page = of.traffic.get_records(place)

    assert read.call_count == 17
    assert page["Records"] == records[: len(page["Records"])]
    assert page["MillisBehindLatest"] == 0 < len(records) - len(page["Records"])


def _read(journal: Any, segment: int) -> bytes:
    data: bytes = journal.path(segment).read_bytes()
    return data
