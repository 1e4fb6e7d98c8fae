"""What Fogbank relies on of a Kinesis, whoever plays it."""

import hashlib
from typing import Any

import pytest

from cloud.wait import until
from tests.contract.emulators import Emulator

SERVICE = "kinesis"
HASH_KEYS = 2**128


@pytest.fixture
def kinesis(emulator: Emulator) -> Any:
    return emulator.client("kinesis")


@pytest.fixture
def stream(kinesis: Any, name: str) -> Any:
    """A stream of two shards, active."""
    kinesis.create_stream(StreamName=name, ShardCount=2)
    _active(kinesis, name)
    yield name
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


def test_binary_data_comes_back_unchanged_from_the_shard_that_md5_names(kinesis: Any, stream: str) -> None:
    """Data is bytes, and a partition key's MD5 read as a number routes it."""
    data = bytes(range(256))
    for key in ("ada", "линус", "🜁", "x" * 256):
        put = kinesis.put_record(StreamName=stream, PartitionKey=key, Data=data)
        number = int(hashlib.md5(key.encode()).hexdigest(), 16)
        [shard] = [s for s in _shards(kinesis, stream) if _holds(s, number)]

        assert put["ShardId"] == shard["ShardId"]

    read = [r for shard in _shards(kinesis, stream) for r in _read(kinesis, stream, shard["ShardId"])]
    assert sorted(r["PartitionKey"] for r in read) == sorted(["ada", "линус", "🜁", "x" * 256])
    assert {r["Data"] for r in read} == {data}


def test_a_shard_keeps_the_order_of_its_records(kinesis: Any, stream: str) -> None:
    """Sequence numbers grow as records are put, one by one or together."""
    numbers = [
        int(kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"x")["SequenceNumber"]) for _ in range(5)
    ]
    together = kinesis.put_records(
        StreamName=stream, Records=[{"PartitionKey": "k", "Data": b"%d" % i} for i in range(50)]
    )
    numbers += [int(r["SequenceNumber"]) for r in together["Records"]]

    assert numbers == sorted(set(numbers))
    shard = together["Records"][0]["ShardId"]
    assert [int(r["SequenceNumber"]) for r in _read(kinesis, stream, shard)] == numbers


def test_put_records_answers_record_by_record(kinesis: Any, stream: str) -> None:
    """FailedRecordCount and one result per record, in the order of the request."""
    reply = kinesis.put_records(StreamName=stream, Records=[{"PartitionKey": str(i), "Data": b"x"} for i in range(20)])

    assert reply["FailedRecordCount"] == 0
    assert len(reply["Records"]) == 20
    assert all({"SequenceNumber", "ShardId"} <= set(r) and "ErrorCode" not in r for r in reply["Records"])


def test_an_empty_partition_key_is_refused_and_writes_nothing(emulator: Emulator, kinesis: Any, stream: str) -> None:
    """400 in AWS's words: Alien Attack's gate closes by it."""
    refused = emulator.post("kinesis", "PutRecord", {"StreamName": stream, "PartitionKey": "", "Data": "aGk="})

    assert refused.status_code == 400
    assert refused.json()["__type"].endswith(("ValidationException", "InvalidArgumentException"))
    assert "partitionkey" in refused.text.lower().replace(" ", "")
    assert not [r for s in _shards(kinesis, stream) for r in _read(kinesis, stream, s["ShardId"])]


def test_a_missing_stream_is_not_found(kinesis: Any) -> None:
    """ResourceNotFoundException, on a put as on a read."""
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.put_record(StreamName="nowhere", PartitionKey="k", Data=b"x")
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.get_shard_iterator(StreamName="nowhere", ShardId="shardId-000000000000", ShardIteratorType="LATEST")


def test_latest_starts_after_what_is_there(kinesis: Any, stream: str) -> None:
    """Also on a shard that is empty yet."""
    shard = _shard_of(kinesis, stream, "k")
    on_empty = _iterator(kinesis, stream, shard, ShardIteratorType="LATEST")
    kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"first")
    latest = _iterator(kinesis, stream, shard, ShardIteratorType="LATEST")
    kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"second")

    assert _data(kinesis, on_empty) == [b"first", b"second"]
    assert _data(kinesis, latest) == [b"second"]


def test_a_reader_goes_on_after_a_sequence_number(kinesis: Any, stream: str) -> None:
    """AFTER_SEQUENCE_NUMBER leaves the record out, AT_SEQUENCE_NUMBER gives it again: what a checkpoint needs."""
    puts = [kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"%d" % i) for i in range(4)]
    shard, second = puts[1]["ShardId"], puts[1]["SequenceNumber"]
    after = _iterator(kinesis, stream, shard, ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second)
    at = _iterator(kinesis, stream, shard, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=second)

    assert _data(kinesis, after) == [b"2", b"3"]
    assert _data(kinesis, at) == [b"1", b"2", b"3"]


def test_pages_join_without_gap_or_overlap(kinesis: Any, stream: str) -> None:
    """Limit cuts a page, NextShardIterator goes on behind it, and an iterator may be used twice."""
    for i in range(7):
        kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"%d" % i)
    first = _iterator(kinesis, stream, _shard_of(kinesis, stream, "k"), ShardIteratorType="TRIM_HORIZON")
    page = until(lambda: _page(kinesis, first, 3), 60, what="records")
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"], Limit=100)

    assert [r["Data"] for r in page["Records"]] == [b"0", b"1", b"2"]
    assert [r["Data"] for r in rest["Records"]] == [b"3", b"4", b"5", b"6"]
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=first, Limit=3)["Records"]] == [b"0", b"1", b"2"]
    assert rest["MillisBehindLatest"] == 0


def test_a_split_shard_is_closed_keeps_its_records_and_names_its_children(kinesis: Any, stream: str) -> None:
    """Its end is a missing NextShardIterator; what is put later goes to the children."""
    parent = _shard_of(kinesis, stream, "k")
    kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"before")
    reader = _iterator(kinesis, stream, parent, ShardIteratorType="TRIM_HORIZON")
    low, high = _bounds(_by_id(kinesis, stream)[parent])
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent, NewStartingHashKey=str((low + high) // 2))
    _active(kinesis, stream)
    after = kinesis.put_record(StreamName=stream, PartitionKey="k", Data=b"after")
    shards = _by_id(kinesis, stream)
    children = [i for i, s in shards.items() if s.get("ParentShardId") == parent]

    assert "EndingSequenceNumber" in shards[parent]["SequenceNumberRange"]
    assert len(children) == 2
    assert after["ShardId"] in children
    assert int(shards[children[0]]["SequenceNumberRange"]["StartingSequenceNumber"]) > int(
        shards[parent]["SequenceNumberRange"]["EndingSequenceNumber"]
    )
    assert _to_the_end(kinesis, reader) == [b"before"]
    assert [r["Data"] for r in _read(kinesis, stream, after["ShardId"])] == [b"after"]


def test_a_merge_joins_two_shards_into_a_child_of_both(kinesis: Any, stream: str) -> None:
    """ParentShardId and AdjacentParentShardId name the two, and both can be read to their end."""
    parents = sorted(_by_id(kinesis, stream))
    sent = {kinesis.put_record(StreamName=stream, PartitionKey=str(i), Data=b"%d" % i)["ShardId"] for i in range(20)}
    kinesis.merge_shards(StreamName=stream, ShardToMerge=parents[0], AdjacentShardToMerge=parents[1])
    _active(kinesis, stream)
    shards = _by_id(kinesis, stream)
    [child] = [s for i, s in shards.items() if i not in parents]
    readers = [_iterator(kinesis, stream, i, ShardIteratorType="TRIM_HORIZON") for i in parents]

    assert sent == set(parents)
    assert {child["ParentShardId"], child["AdjacentParentShardId"]} == set(parents)
    assert _bounds(child) == (0, HASH_KEYS - 1)
    assert sorted(data for reader in readers for data in _to_the_end(kinesis, reader)) == sorted(
        b"%d" % i for i in range(20)
    )


def test_a_changed_number_of_shards_keeps_records_and_order(kinesis: Any, stream: str) -> None:
    """UpdateShardCount from two to four: each key's records are in order along parents and children."""
    for i in range(20):
        kinesis.put_record(StreamName=stream, PartitionKey=str(i % 5), Data=b"%02d" % i)
    kinesis.update_shard_count(StreamName=stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    until(lambda: len(_open(kinesis, stream)) == 4, 60, what="four open shards")
    _active(kinesis, stream)
    for i in range(20, 40):
        kinesis.put_record(StreamName=stream, PartitionKey=str(i % 5), Data=b"%02d" % i)
    records = [r for shard in sorted(_by_id(kinesis, stream)) for r in _read(kinesis, stream, shard)]
    by_key: dict[str, list[bytes]] = {}
    for record in records:
        by_key.setdefault(record["PartitionKey"], []).append(record["Data"])

    assert sorted(r["Data"] for r in records) == [b"%02d" % i for i in range(40)]
    assert all(of_key == sorted(of_key) for of_key in by_key.values())
    assert sum(high - low + 1 for low, high in map(_bounds, _open(kinesis, stream))) == HASH_KEYS


def _active(kinesis: Any, stream: str) -> None:
    def active() -> bool:
        summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        return bool(summary["StreamStatus"] == "ACTIVE")

    until(active, 60, what=f"stream {stream}")


def _shards(kinesis: Any, stream: str) -> list[Any]:
    return list(kinesis.list_shards(StreamName=stream)["Shards"])


def _by_id(kinesis: Any, stream: str) -> dict[str, Any]:
    return {s["ShardId"]: s for s in _shards(kinesis, stream)}


def _open(kinesis: Any, stream: str) -> list[Any]:
    return [s for s in _shards(kinesis, stream) if "EndingSequenceNumber" not in s["SequenceNumberRange"]]


def _bounds(shard: Any) -> tuple[int, int]:
    return int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])


def _holds(shard: Any, number: int) -> bool:
    low, high = _bounds(shard)
    return low <= number <= high


def _shard_of(kinesis: Any, stream: str, key: str) -> str:
    number = int(hashlib.md5(key.encode()).hexdigest(), 16)
    return next(str(s["ShardId"]) for s in _open(kinesis, stream) if _holds(s, number))


def _iterator(kinesis: Any, stream: str, shard: str, **start: Any) -> str:
    return str(kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)["ShardIterator"])


def _page(kinesis: Any, iterator: str, limit: int) -> Any:
    page = kinesis.get_records(ShardIterator=iterator, Limit=limit)
    return page if page["Records"] else None


def _data(kinesis: Any, iterator: str) -> list[bytes]:
    return [r["Data"] for r in kinesis.get_records(ShardIterator=iterator)["Records"]]


def _read(kinesis: Any, stream: str, shard: str) -> list[Any]:
    iterator = _iterator(kinesis, stream, shard, ShardIteratorType="TRIM_HORIZON")
    return list(kinesis.get_records(ShardIterator=iterator)["Records"])


def _to_the_end(kinesis: Any, iterator: str | None) -> list[bytes]:
    """All that a closed shard holds; fails when it has no end."""
    found: list[bytes] = []
    for _ in range(20):
        page = kinesis.get_records(ShardIterator=iterator)
        found += [r["Data"] for r in page["Records"]]
        iterator = page.get("NextShardIterator")
        if not iterator:
            return found
    raise AssertionError("a closed shard does not end")
