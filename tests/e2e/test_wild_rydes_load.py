"""A thousand readings a second over four shards, while boxes die and shards split and merge: all adds up exactly.

FOGBANK_TEST_RYDES_SECONDS says for how long; the workshop's own proof is 60.
"""

import gzip
import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from cloud.clients import client
from cloud.wait import until
from stack.settings import ROOT
from tests.e2e.boxes import Stack

pytestmark = pytest.mark.stack

STREAM, TABLE, SUMS, BUCKET = "wildrydes", "UnicornSensorData", "UnicornAggregation", "wildrydes-archive"
SUMMARY = "wildrydes-summary"
SECONDS = float(os.environ.get("FOGBANK_TEST_RYDES_SECONDS") or 12)
RATE, UNICORNS, SHARDS = 1000, 250, 4
MINUTE = 60
PATIENCE = 240.0  # seconds until all is worked off, the last minute's window included
LINES = (("MinMagicPoints", min), ("MaxMagicPoints", max), ("MinHealthPoints", min), ("MaxHealthPoints", max))
"""What else a line of the summary says, and how the lines of several minutes are one."""

Key = tuple[str, str]


@pytest.fixture
def wide(stack: Stack) -> Iterator[None]:
    """The lab's stream with four shards, for a while."""
    assert stack.environ
    _reshard(SHARDS)
    yield
    _reshard(1)


def test_everything_adds_up_although_boxes_die_and_shards_split_and_merge(stack: Stack, wide: None) -> None:
    """Table, archive, the minutes' sums and the summary hold what the stream holds, no reading more and none less."""
    herd = f"H{uuid4().hex[:6]}"
    messages = round(SECONDS * RATE / UNICORNS)
    command = f"-m labs.wild_rydes.producer -name {herd} --count {UNICORNS} --rate {RATE} -msgs {messages}".split()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env={**os.environ, **stack.environ}, stdout=subprocess.PIPE, text=True
    ) as producer:
        _trouble(stack)
        printed = producer.communicate(timeout=SECONDS * 4 + 60)[0]
    assert printed.splitlines()[-1] == f"{messages * UNICORNS} readings put into {STREAM}"

    put = list(_put(herd))
    truth = Counter(_key(reading) for _, _, reading in put)
    assert sum(truth.values()) == len(truth) == messages * UNICORNS
    until(lambda: _count(herd) == len(truth), PATIENCE, what="the table", interval=2)
    assert _rows(herd) == {_key(reading): reading["Distance"] for _, _, reading in put}
    until(lambda: sum(_archived(herd).values()) >= len(truth), PATIENCE, what="the archive", interval=2)
    assert _archived(herd) == truth
    expected = _expected_sums(put)
    until(lambda: _sums(herd).keys() >= expected.keys(), PATIENCE, what="the last minute", interval=2)
    assert _sums(herd) == expected
    summary = _summary_of_archive(herd)
    until(lambda: _metres(_summary(herd)) >= _metres(summary), PATIENCE, what="the summary", interval=2)
    assert _summary(herd) == summary
    arrivals = [arrived for _, arrived, _ in put]
    seconds, shards = max(arrivals) - min(arrivals), len({shard for shard, _, _ in put})
    sys.stdout.write(
        f"{len(put)} readings in {seconds:.1f} s, {shards} shards, {len(expected)} sums,"
        f" {len(_lines(herd))} lines of {len(summary)} unicorns: all there\n"
    )


def _trouble(stack: Stack) -> None:
    """A third of the time in, shards split; in the middle worker and analytics die; at two thirds, shards merge."""
    clock = Event()
    clock.wait(SECONDS / 3)
    first, second, *_ = _open_shards()
    middle = (int(first["HashKeyRange"]["StartingHashKey"]) + int(first["HashKeyRange"]["EndingHashKey"])) // 2
    client("kinesis").split_shard(StreamName=STREAM, ShardToSplit=first["ShardId"], NewStartingHashKey=str(middle))
    _active()
    clock.wait(SECONDS / 6)
    stack.kill("worker")
    stack.kill("analytics")
    clock.wait(SECONDS / 6)
    _, half, second, *_ = _open_shards()
    client("kinesis").merge_shards(
        StreamName=STREAM, ShardToMerge=half["ShardId"], AdjacentShardToMerge=second["ShardId"]
    )
    _active()


def _put(herd: str, stream: str = STREAM) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Shard, time of arrival and reading, of all that a stream holds of a herd."""
    kinesis = client("kinesis")
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        name = shard["ShardId"]
        where = {"StreamName": stream, "ShardId": name, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**where)["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                reading = json.loads(record["Data"], parse_float=Decimal)
                if reading["Name"].startswith(herd):
                    yield name, record["ApproximateArrivalTimestamp"].timestamp(), reading
            iterator = answer.get("NextShardIterator") if answer["Records"] or answer["MillisBehindLatest"] else None


def _rows(herd: str) -> dict[Key, Decimal]:
    """The table's readings of a herd: name and moment -> distance."""
    found = _items(TABLE, "Name", herd)
    return {(item["Name"]["S"], item["StatusTime"]["S"]): Decimal(item["Distance"]["N"]) for item in found}


def _count(herd: str) -> int:
    pages = _scan(TABLE, "Name", herd, Select="COUNT")
    return sum(page["Count"] for page in pages)


def _archived(herd: str) -> Counter[Key]:
    """How often each reading of a herd lies in the archive."""
    return Counter(_key(reading) for reading in _kept(herd))


def _kept(herd: str) -> list[dict[str, Any]]:
    """The readings of a herd, as the archive has them."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="raw/")
    keys = [one["Key"] for page in pages for one in page.get("Contents", ())]

    with ThreadPoolExecutor(4) as pool:
        return [one for found in pool.map(_readings, keys) for one in found if one["Name"].startswith(herd)]


@cache
def _readings(key: str) -> list[dict[str, Any]]:
    """What an object of the archive holds; it never changes."""
    body = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return [json.loads(line, parse_float=Decimal) for line in gzip.decompress(body).splitlines()]


def _lines(herd: str) -> dict[Key, dict[str, Any]]:
    """Unicorn and minute -> the line that the SQL application has written; one each."""
    lines = [line for _, _, line in _put(herd, SUMMARY)]
    found = {_key(line): line for line in lines}
    assert len(found) == len(lines), "two lines of one unicorn and minute"
    return found


def _summary(herd: str) -> dict[str, tuple[Any, ...]]:
    """Unicorn -> metres, and magic and health at their worst and best, of all its lines."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (name, _), line in _lines(herd).items():
        lines[name].append(line)
    return {
        name: (sum(line["Distance"] for line in own), *(best(line[sign] for line in own) for sign, best in LINES))
        for name, own in lines.items()
    }


def _summary_of_archive(herd: str) -> dict[str, tuple[Any, ...]]:
    """The same, worked out from the archive."""
    readings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for reading in _kept(herd):
        readings[reading["Name"]].append(reading)
    return {
        name: (sum(one["Distance"] for one in own), *(best(one[sign[3:]] for one in own) for sign, best in LINES))
        for name, own in readings.items()
    }


def _metres(summary: dict[str, tuple[Any, ...]]) -> Decimal:
    return sum((metres for metres, *_ in summary.values()), Decimal())


def _sums(herd: str) -> dict[Key, int]:
    """Shard and minute -> distance, as the aggregator has stored them."""
    items = list(_items(SUMS, "name", herd))
    sums = {(item["shardId"]["S"], item["windowStart"]["S"]): int(item["distance"]["N"]) for item in items}
    assert len(sums) == len(items), "two items of one shard and minute"
    return sums


def _expected_sums(put: list[tuple[str, float, dict[str, Any]]]) -> dict[Key, int]:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for shard, arrived, reading in put:
        sums[shard, _minute(arrived)] += reading["Distance"]
    return {key: round(distance) for key, distance in sums.items()}


def _minute(arrived: float) -> str:
    return datetime.fromtimestamp(math.floor(arrived / MINUTE) * MINUTE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _items(table: str, name: str, herd: str) -> Iterator[dict[str, Any]]:
    return (item for page in _scan(table, name, herd) for item in page["Items"])


def _scan(table: str, name: str, herd: str, **more: Any) -> Iterator[dict[str, Any]]:
    """The pages of a table's items that are about a herd. name: the attribute that says so."""
    asked = {
        "TableName": table,
        "FilterExpression": "begins_with(#n, :herd)",
        "ExpressionAttributeNames": {"#n": name},
        "ExpressionAttributeValues": {":herd": {"S": herd}},
    }
    return iter(client("dynamodb").get_paginator("scan").paginate(**asked, **more))


def _key(reading: dict[str, Any]) -> Key:
    return reading["Name"], reading["StatusTime"]


def _open_shards() -> list[dict[str, Any]]:
    """In the order of the keys that they take."""
    shards = client("kinesis").list_shards(StreamName=STREAM)["Shards"]
    still = [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
    return sorted(still, key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))


def _reshard(count: int) -> None:
    """To so many shards, by halves and doubles at most, as Kinesis wants it."""
    _active()
    while (now := len(_open_shards())) != count:
        target = min(count, 2 * now) if now < count else max(count, -(-now // 2))
        client("kinesis").update_shard_count(StreamName=STREAM, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        _active()


def _active() -> None:
    def status() -> bool:
        summary = client("kinesis").describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
        return bool(summary["StreamStatus"] == "ACTIVE")

    until(status, 60, what="the stream to be active")
