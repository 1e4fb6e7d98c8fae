"""Enhanced fan-out through Lambda's API: a registered consumer as the event source."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from cloud.wait import until

from .worker_events import Events, function
from .worker_stack import Stack, running

pytestmark = pytest.mark.emulator

AGGREGATE = base64.b64decode("84mawgoFYWxwaGEKBGJldGEaBwgAGgNvbmUaBwgBGgN0d28aCQgAGgV0aHJlZUIE+DdKaK67QsIpOchpMKc=")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("fanout")) as stack:
        stack.worker()
        yield stack


def consumer(stack: Stack, stream_arn: str, name: str = "fast") -> str:
    """Register a consumer; returns its ARN once it is active."""
    arn = stack.kinesis.register_stream_consumer(StreamARN=stream_arn, ConsumerName=name)["Consumer"]["ConsumerARN"]

    def active() -> bool:
        reply = stack.kinesis.describe_stream_consumer(ConsumerARN=arn)
        return bool(reply["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")

    until(active, 60, what="the consumer")
    return str(arn)


def bodies(events: Events) -> list[str]:
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in events.records()]


def test_a_function_sees_the_consumers_arn(stack: Stack) -> None:
    """Waiting and later records are delivered in order, the rest of the event as with polling."""
    events, arn = function(stack, "fanned"), stack.stream("Fanned")
    fast = consumer(stack, arn)
    stack.put("Fanned", *(("k", str(number)) for number in range(5)))
    stack.mapping("fanned", fast)
    events.wait(5)
    stack.put("Fanned", *(("k", str(number)) for number in range(5, 10)))
    events.wait(10)

    assert bodies(events) == [str(number) for number in range(10)]
    assert {record["eventSourceARN"] for record in events.records()} == {fast}


def test_latest_is_exact(stack: Stack) -> None:
    """What was put before is not delivered, what is put right after Enabled is."""
    events, arn = function(stack, "fanned-latest"), stack.stream("FannedLatest", shards=2)
    fast = consumer(stack, arn)
    stack.put("FannedLatest", *((f"k{number}", "old") for number in range(10)))
    stack.mapping("fanned-latest", fast, StartingPosition="LATEST")
    stack.put("FannedLatest", *((f"k{number}", f"new{number}") for number in range(10)))
    events.wait(10)

    assert sorted(bodies(events)) == [f"new{number}" for number in range(10)]


def test_aggregates_are_unpacked_here_and_only_here(stack: Stack) -> None:
    """A polling mapping of the same stream gets one opaque record; one with a record of another shard vanishes."""
    arn = stack.stream("Aggregated", shards=2)
    fast = consumer(stack, arn)
    fanned, polled = function(stack, "unpacked"), function(stack, "opaque")
    stack.mapping("unpacked", fast)
    stack.mapping("opaque", arn)
    middle = 2**127
    shards = {int.from_bytes(hashlib.md5(key.encode()).digest()) < middle for key in ("alpha", "beta")}
    put_aggregate(stack, "Aggregated", AGGREGATE)
    put_aggregate(stack, "Aggregated", AGGREGATE[:-1] + b"\x00")
    polled.wait(2)
    expected = ["one", "two", "three"] if len(shards) == 1 else []
    until(lambda: len(fanned.records()) == len(expected) + 1, 60, what="the user records")

    assert len(polled.records()) == 2
    inner = [record for record in fanned.records() if record["kinesis"]["partitionKey"] != "outer"]
    assert [base64.b64decode(record["kinesis"]["data"]).decode() for record in inner] == expected
    assert len({record["eventID"] for record in inner}) <= 1


def put_aggregate(stack: Stack, stream: str, blob: bytes) -> None:
    """Into the shard of alpha."""
    key = str(int.from_bytes(hashlib.md5(b"alpha").digest()))
    stack.kinesis.put_record(StreamName=stream, PartitionKey="outer", ExplicitHashKey=key, Data=blob)


def test_all_user_records_of_an_aggregate_are_delivered(stack: Stack) -> None:
    """One shard, which holds all hash keys: the recorded vector, all with the number of the outer record."""
    events, arn = function(stack, "vector"), stack.stream("Vector")
    stack.mapping("vector", consumer(stack, arn), BatchSize=2)
    put_aggregate(stack, "Vector", AGGREGATE)
    until(lambda: len(events.records()) == 3, 60, what="the user records")

    kinesis: list[dict[str, Any]] = [record["kinesis"] for record in events.records()]
    assert [(one["partitionKey"], base64.b64decode(one["data"])) for one in kinesis] == [
        *(("alpha", b"one"), ("beta", b"two"), ("alpha", b"three"))
    ]
    assert len({one["sequenceNumber"] for one in kinesis}) == 1
    assert [len(entry["event"]["Records"]) for entry in events.entries()] == [2, 1]


def test_children_come_after_their_parent(stack: Stack) -> None:
    """A split under a consumer: the parent's records first, then those of the children."""
    events, arn = function(stack, "split"), stack.stream("Split")
    stack.put("Split", *(("k", f"parent{number}") for number in range(3)))
    stack.mapping("split", consumer(stack, arn), BatchSize=1)
    (shard,) = stack.kinesis.list_shards(StreamName="Split")["Shards"]
    stack.kinesis.split_shard(StreamName="Split", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(2**127))
    until(
        lambda: (
            stack.kinesis.describe_stream_summary(StreamName="Split")["StreamDescriptionSummary"]["StreamStatus"]
            == "ACTIVE"
        ),
        60,
    )
    stack.put("Split", *((f"k{number}", f"child{number}") for number in range(6)))
    events.wait(9)

    seen = bodies(events)
    assert seen[:3] == ["parent0", "parent1", "parent2"]
    assert sorted(seen[3:]) == [f"child{number}" for number in range(6)]


def test_a_worker_that_starts_again_goes_on_where_it_was(stack: Stack) -> None:
    """The last subscription still counts for some seconds; then the shard is read again, nothing twice."""
    events, arn = function(stack, "fanned-again"), stack.stream("FannedAgain")
    uuid = stack.mapping("fanned-again", consumer(stack, arn))
    stack.put("FannedAgain", ("k", "1"), ("k", "2"))
    events.wait(2)
    last = events.records()[-1]["kinesis"]["sequenceNumber"]
    until(lambda: last in {row["checkpoint"] for row in stack.positions() if row["mapping"] == uuid}, 60)
    stack.workers[0].kill()
    stack.put("FannedAgain", ("k", "3"))
    stack.workers[0].start()
    events.wait(3)

    assert bodies(events) == ["1", "2", "3"]
