"""Applications of SQL over real streams: nothing is lost or counted twice, whatever is killed or split meanwhile."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.clients import client
from cloud.wait import until
from services.analytics.state import STATES, State
from tests.contract.bootstrap_stack import Stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

PATIENCE = 60.0  # seconds
SQL = """
CREATE TABLE readings (
    Name STRING, StatusTime TIMESTAMP(3), Distance DECIMAL(12, 2), read_at AS PROCTIME(),
    WATERMARK FOR StatusTime AS StatusTime - INTERVAL '1' SECOND
) WITH ('connector' = 'kinesis', 'stream' = '{source}', 'scan.stream.initpos' = 'TRIM_HORIZON', 'format' = 'json',
        'json.ignore-parse-errors' = 'true', 'scan.watermark.idle-timeout' = '1 s');
CREATE TABLE summary (Name STRING, StatusTime TIMESTAMP(3), Distance DECIMAL(12, 2), Readings BIGINT)
WITH ('connector' = 'kinesis', 'stream' = '{sink}', 'format' = 'json');
INSERT INTO summary
"""
BY_EVENT = """SELECT Name, window_start, SUM(Distance), COUNT(*)
FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(StatusTime), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, Name"""
BY_CLOCK = """SELECT Name, TUMBLE_START(read_at, INTERVAL '2' SECOND), SUM(Distance), COUNT(*)
FROM readings GROUP BY TUMBLE(read_at, INTERVAL '2' SECOND), Name"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An emulator and the box, in a hurry."""
    stack = Stack(tmp_path_factory.mktemp("analytics"))
    stack.environ |= {"FOGBANK_IDLE_POLL_INTERVAL_MS": "100", "FOGBANK_CHECKPOINT_MS": "300"}
    try:
        stack.start("emulator", "analytics")
        yield stack
    finally:
        stack.close()


@pytest.fixture
def stack(started: Stack) -> Stack:
    """The same, with this process's clients led there."""
    started.lead()
    return started


class Ends:
    """A source, a sink, and the application between them; what was put is remembered."""

    def __init__(self, name: str, query: str, shards: int = 1) -> None:
        self.name, self.source, self.sink = name, f"{name}-in", f"{name}-out"
        for stream, count in ((self.source, shards), (self.sink, 1)):
            client("kinesis").create_stream(StreamName=stream, ShardCount=count)
            client("kinesis").get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
        self.put: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        self.text = SQL.format(source=self.source, sink=self.sink) + query
        client("kinesisanalyticsv2").create_application(
            ApplicationName=name,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole="arn:aws:iam::000000000000:role/tests",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContentType": "PLAINTEXT", "CodeContent": {"TextContent": self.text}
                }
            },
        )  # fmt: skip
        client("kinesisanalyticsv2").start_application(ApplicationName=name)

    def readings(self, minute: int, numbers: Sequence[int], names: int = 20) -> None:
        """One reading per number, within a minute of the hour, of unicorns in turn."""
        records = []
        for number in numbers:
            who, when = f"U{number % names}", f"2026-11-25 10:{minute:02}:{number % 60:02}.500"
            self.put[who, f"2026-11-25 10:{minute:02}:00"].append(Decimal(number) / 100)
            reading = {"Name": who, "StatusTime": when, "Distance": number / 100}
            records.append({"PartitionKey": who, "Data": json.dumps(reading).encode()})
        for start in range(0, len(records), 500):
            reply = client("kinesis").put_records(StreamName=self.source, Records=records[start : start + 500])
            assert reply["FailedRecordCount"] == 0

    def lines(self) -> list[dict[str, Any]]:
        """All that is in the sink."""
        found = []
        for shard in client("kinesis").list_shards(StreamName=self.sink)["Shards"]:
            iterator = client("kinesis").get_shard_iterator(
                StreamName=self.sink, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            page = client("kinesis").get_records(ShardIterator=iterator, Limit=10_000)
            found += [json.loads(one["Data"], parse_float=Decimal) for one in page["Records"]]
        return found

    def minutes(self, *minutes: int) -> dict[tuple[str, str], tuple[Decimal, int]]:
        """What the lines of these minutes must say."""
        wanted = {f"2026-11-25 10:{minute:02}:00" for minute in minutes}
        return {key: (sum(each, Decimal(0)), len(each)) for key, each in self.put.items() if key[1] in wanted}

    def said(self, *minutes: int) -> dict[tuple[str, str], tuple[Decimal, int]]:
        """What they say; each line is there once."""
        wanted = {f"2026-11-25 10:{minute:02}:00" for minute in minutes}
        lines = [one for one in self.lines() if one["StatusTime"] in wanted]
        found = {(one["Name"], one["StatusTime"]): (Decimal(one["Distance"]), one["Readings"]) for one in lines}
        assert len(found) == len(lines), "a line is there twice"
        return found

    def wait(self, *minutes: int) -> None:
        """Until all lines of these minutes are there; then they are right."""
        wanted = self.minutes(*minutes)
        until(lambda: len(self.said(*minutes)) >= len(wanted), PATIENCE, what=f"{self.name}: minutes {minutes}")
        assert self.said(*minutes) == wanted


def test_a_kill_in_mid_window_loses_nothing_and_counts_nothing_twice(stack: Stack, name: str) -> None:
    """Half of a minute before SIGKILL, half after: one line per unicorn, with the sum of both halves."""
    ends = Ends(name, BY_EVENT)
    ends.readings(1, range(600))
    until(lambda: len(_row(name).windows) == 20, PATIENCE, what="the stored sums of twenty unicorns")
    stack.kill("analytics")
    ends.readings(1, range(600, 900))
    stack.start("analytics")
    ends.readings(2, range(50))
    ends.wait(1)
    stack.kill("analytics")
    stack.start("analytics")
    ends.readings(3, [0, 1])
    ends.wait(1, 2)


def test_lines_that_were_on_their_way_when_the_box_died_are_written_once(stack: Stack, name: str) -> None:
    """Killed again and again while windows of two seconds end: every reading is in exactly one line."""
    ends = Ends(name, BY_CLOCK)
    for _ in range(3):
        ends.readings(1, range(200))
        before = len(ends.lines())
        until(lambda before=before: len(ends.lines()) > before, PATIENCE, what="lines", interval=0.02)  # type: ignore[misc]
        stack.kill("analytics")
        stack.start("analytics")

    def total() -> int:
        return sum(int(one["Readings"]) for one in ends.lines())

    until(lambda: total() >= 600, PATIENCE, what="all readings")
    assert total() == 600
    assert len({(one["Name"], one["StatusTime"]) for one in ends.lines()}) == len(ends.lines())
    assert sum(Decimal(one["Distance"]) for one in ends.lines()) == sum(map(sum, ends.put.values()))


def test_splits_and_merges_are_followed(stack: Stack, name: str) -> None:
    """Readings before a split, between it and a merge, and after that, of one minute: all are in its lines."""
    ends = Ends(name, BY_EVENT)
    kinesis = client("kinesis")
    ends.readings(1, range(300))
    kinesis.split_shard(StreamName=ends.source, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    _active(ends.source)
    ends.readings(1, range(300, 600))
    kinesis.merge_shards(
        StreamName=ends.source, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002"
    )
    _active(ends.source)
    ends.readings(1, range(600, 900))
    ends.readings(2, range(20))
    ends.wait(1)


def test_two_replicas_do_not_both_run_an_application(stack: Stack, name: str) -> None:
    """The second one finds the first one's lease, and takes over when that one is gone for good."""
    ends = Ends(name, BY_EVENT)
    ends.readings(1, range(100))
    until(lambda: _status(name) == "RUNNING", PATIENCE, what="the application")
    mine = {key: stack.environ.get(key, "") for key in ("FOGBANK_WORKER_NAME", "FOGBANK_LEASE_SECONDS")}
    other = Stack(stack.folder)
    other.environ = {**stack.environ, "FOGBANK_WORKER_NAME": "other", "FOGBANK_LEASE_SECONDS": "2"}
    other.ports = {**other.ports}
    try:
        other.start("analytics")
        ends.readings(2, range(50))
        ends.wait(1)
        assert _owner(name) != "other"
        stack.kill("analytics")
        until(lambda: _owner(name) == "other", PATIENCE, what="the other replica")
        ends.readings(3, range(50))
        ends.wait(1, 2)
    finally:
        other.close()
        stack.environ.update({key: value for key, value in mine.items() if value})
        stack.start("analytics")


def test_the_api_refuses_what_is_not_supported_with_its_place(stack: Stack, name: str) -> None:
    """CodeValidationException with line and column; a name that is taken, or unknown, is refused too."""
    api = client("kinesisanalyticsv2")
    with pytest.raises(ClientError, match=r"CodeValidationException.*line 2, column 6: JOIN is not supported"):
        api.create_application(
            ApplicationName=name,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole="arn:aws:iam::000000000000:role/tests",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContentType": "PLAINTEXT",
                    "CodeContent": {"TextContent": "INSERT INTO s SELECT a FROM t\nJOIN u ON t.a = u.a GROUP BY a"},
                }
            },
        )
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.describe_application(ApplicationName=name)


def test_a_stopped_application_goes_on_where_it_was(stack: Stack, name: str) -> None:
    """Stop, readings meanwhile, start: nothing is missing; deleted, it is gone with its state."""
    ends = Ends(name, BY_EVENT)
    api = client("kinesisanalyticsv2")
    ends.readings(1, range(100))
    until(lambda: _status(name) == "RUNNING", PATIENCE, what="the application")
    api.stop_application(ApplicationName=name)
    assert _status(name) == "READY"
    ends.readings(1, range(100, 200))
    api.start_application(ApplicationName=name)
    ends.readings(2, [1])
    ends.wait(1)
    created = api.describe_application(ApplicationName=name)["ApplicationDetail"]["CreateTimestamp"]
    api.delete_application(ApplicationName=name, CreateTimestamp=created)
    assert name not in {one["ApplicationName"] for one in api.list_applications()["ApplicationSummaries"]}


def _status(name: str) -> str:
    return str(
        client("kinesisanalyticsv2").describe_application(ApplicationName=name)["ApplicationDetail"][
            "ApplicationStatus"
        ]
    )


def _row(name: str) -> State:
    return State.unpack(_item(name).get("state", {}).get("B", b""))


def _owner(name: str) -> str:
    return str(_item(name).get("owner", {}).get("S", "")).partition("/")[0]


def _item(name: str) -> dict[str, Any]:
    found: dict[str, Any] = client("dynamodb").get_item(TableName=STATES, Key={"application": {"S": name}})
    return dict(found.get("Item", {}))


def _active(stream: str) -> None:
    client("kinesis").get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
