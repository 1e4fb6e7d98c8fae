"""Records on disk, stream by stream."""

from pathlib import Path
from typing import Any

import pytest

from services.emulator import shards
from services.emulator.segment import record
from services.emulator.sequence import SequenceNumbers, before_time
from services.emulator.stream_log import Stream, StreamLog, without_records

from .streams import Clock

SHARD = "shardId-000000000000"


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


def stream(name: str, clock: Clock) -> Stream:
    """A new stream of one shard."""
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"
    return {"StreamARN": arn, "CreationTimestamp": clock(), "shards": shards.build(1, SequenceNumbers(clock).issue)}


def put(log: StreamLog, of: Stream, number: str) -> Any:
    added = record(number, "größer", "AP8=")
    log.append(of, [(SHARD, added)])
    return added


def loaded(folder: Path, of: Stream, clock: Clock) -> tuple[list[Any], SequenceNumbers]:
    """What the next process finds of a stream."""
    empty = without_records(of)
    for shard in empty["shards"].values():
        shard["records"] = []
    numbers, log = SequenceNumbers(clock), StreamLog(folder)
    log.load([empty], numbers)
    return [r for part in log.after(empty, SHARD, "") for r in part], numbers


def test_records_come_back_with_all_that_they_had(tmp_path: Path, clock: Clock) -> None:
    """And new numbers go on above theirs."""
    of, log, numbers = stream("s", clock), StreamLog(tmp_path), SequenceNumbers(clock)
    added = [put(log, of, numbers.issue()) for _ in range(3)]
    found, next_numbers = loaded(tmp_path, of, Clock(1000.0))

    assert found == added
    assert next_numbers.issue() > added[-1]["SequenceNumber"]


def test_the_records_of_streams_that_are_gone_are_removed(tmp_path: Path, clock: Clock) -> None:
    """Deleted while it ran, deleted otherwise, or created anew under the same name."""
    log, numbers = StreamLog(tmp_path), SequenceNumbers(clock)
    kept, dropped, gone = (stream(name, clock) for name in ("kept", "dropped", "gone"))
    for of in (kept, dropped, gone):
        put(log, of, numbers.issue())
    log.drop(dropped)
    found, _ = loaded(tmp_path, kept, clock)
    clock.now += 1
    anew, _ = loaded(tmp_path, stream("kept", clock), clock)

    assert len(found) == 1
    assert anew == []
    assert [folder.name for folder in tmp_path.iterdir()] == ["000000000000.us-east-1.kept.1001000"]


def test_segments_go_when_retention_has_taken_all_that_is_in_them(tmp_path: Path, clock: Clock) -> None:
    """The one that is written to stays, even when it holds nothing else."""
    of, log, numbers = stream("s", clock), StreamLog(tmp_path, segment_bytes=1), SequenceNumbers(clock)
    for clock.now in (1000.0, 2000.0, 3000.0):
        put(log, of, numbers.issue())
    log.forget(of, before_time(2500))
    kept, _ = loaded(tmp_path, of, clock)
    log.forget(of, before_time(4000))

    assert [r["ApproximateArrivalTimestamp"] for r in kept] == [3000.0]
    assert of["shards"][SHARD]["records"] == []
    assert [path.name for path in tmp_path.glob("*/*")] == ["00000003.log"]


def test_numbers_go_on_above_those_of_records_that_are_not_in_memory(tmp_path: Path, clock: Clock) -> None:
    """Though the process died when it had just begun its newest segments, twice."""
    of, log, numbers = stream("s", clock), StreamLog(tmp_path, segment_bytes=1), SequenceNumbers(clock)
    last = [put(log, of, numbers.issue()) for _ in range(3)][-1]
    for number in (4, 5):
        (folder,) = tmp_path.iterdir()
        (folder / f"{number:08d}.log").write_bytes(b'["shard')
    found, next_numbers = loaded(tmp_path, of, Clock(1000.0))

    assert found[-1] == last
    assert next_numbers.issue() > last["SequenceNumber"]


def test_all_is_forgotten_at_once(tmp_path: Path, clock: Clock) -> None:
    """As a reset wants it; the log can be used afterwards."""
    of, log, numbers = stream("s", clock), StreamLog(tmp_path), SequenceNumbers(clock)
    put(log, of, numbers.issue())
    log.clear()
    added = put(log, of, numbers.issue())

    assert loaded(tmp_path, of, clock)[0] == [added]
