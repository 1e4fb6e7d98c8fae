"""Wild Rydes' programs and functions, with AWS played by small objects."""

import json
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from threading import Event
from typing import Any

import pytest
from botocore.stub import Stubber

from labs.wild_rydes import aws, consumer, producer
from labs.wild_rydes.delivery import Delivery
from labs.wild_rydes.handlers import aggregator, checkpoint, processor
from labs.wild_rydes.reading import Poisoned
from labs.wild_rydes.unicorn import Unicorn

from .records import record


class Kinesis:
    """Takes records, but for those that it has no room for at first. Reads shards that are lists."""

    class exceptions:
        class ProvisionedThroughputExceededException(Exception):
            """A shard was read too often."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.taken: list[str] = []
        self.calls: list[str] = []

    def put_record(self, Data: bytes, **_: Any) -> None:
        self.calls.append("put_record")
        self.taken.append(json.loads(Data)["Name"])

    def put_records(self, Records: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        self.calls.append("put_records")
        results: list[dict[str, str]] = []
        for entry in Records:
            self.refusals -= 1
            if self.refusals >= 0:
                results.append({"ErrorCode": "ProvisionedThroughputExceededException"})
            else:
                self.taken.append(json.loads(entry["Data"])["Name"])
                results.append({})
        return {"FailedRecordCount": sum(map(bool, results)), "Records": results}


def herd(count: int, limit: int | None, error: bool = False) -> producer.Herd:
    """So many unicorns at a clock that stands still."""
    unicorns = [Unicorn(str(number), Random(number)) for number in range(count)]
    return producer.Herd(unicorns, limit, error, clock=lambda: 1_795_608_000.0)


def test_a_herd_reports_in_turn_until_its_limit() -> None:
    """msgs is of each unicorn; one reading, the first unicorn's middle one, is poisoned."""
    readings = list(herd(3, 5, error=True).readings(100))

    assert [reading["Name"] for reading in readings] == ["0", "1", "2"] * 5
    assert [index for index, reading in enumerate(readings) if "error" in reading["InputData"]] == [6]
    assert len({(reading["Name"], reading["StatusTime"]) for reading in readings}) == 15


def test_the_fifth_of_nine_is_poisoned() -> None:
    """As the workshop counts."""
    readings = list(herd(1, 9, error=True).readings(9))

    assert ["error" in reading["InputData"] for reading in readings].index(True) == 4


def test_what_a_shard_has_no_room_for_is_offered_again() -> None:
    """All are taken in the end; one alone goes by PutRecord."""
    kinesis, dots = Kinesis(refusals=4), []
    delivery = Delivery(kinesis, "any", Event(), lambda: dots.append("."))

    assert delivery.put([{"Name": str(number)} for number in range(3)]) == 3
    assert sorted(kinesis.taken) == ["0", "1", "2"]
    assert delivery.put([{"Name": "alone"}]) == 1
    assert kinesis.calls == ["put_records"] * 3 + ["put_record"]
    assert len(dots) == 4


def test_a_rate_is_kept_to() -> None:
    """Fifty readings at five hundred a second take about a tenth of a second, and not less."""
    kinesis = Kinesis()

    assert producer.run(herd(10, 5), Delivery(kinesis, "any", Event(), lambda: None), 500, Event()) == 50
    assert len(kinesis.taken) == 50


class Shards:
    """A stream whose one shard was split: its end names its children."""

    exceptions = Kinesis.exceptions

    def get_paginator(self, _: str) -> "Shards":
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        ended = {"ShardId": "z", "SequenceNumberRange": {"EndingSequenceNumber": "1"}}
        yield {"Shards": [{"ShardId": "a", "SequenceNumberRange": {}}, ended]}

    def get_shard_iterator(self, ShardId: str, ShardIteratorType: str, **_: Any) -> dict[str, str]:
        return {"ShardIterator": f"{ShardId} {ShardIteratorType}"}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        shard = ShardIterator.split(maxsplit=1)[0]
        children = {"ChildShards": [{"ShardId": "b"}, {"ShardId": "c"}]} if shard == "a" else {}
        following = {} if shard == "a" else {"NextShardIterator": f"{shard} next"}
        return {"Records": [{"Data": ShardIterator.encode()}], **children, **following}


def test_the_consumer_follows_a_split() -> None:
    """It begins at the end of the open shards, and reads their children from the start."""
    tail = consumer.Tail(Shards(), "any")
    reads = [[one["Data"].decode() for one in tail.records()] for _ in range(3)]

    assert reads == [["a LATEST"], ["b TRIM_HORIZON", "c TRIM_HORIZON"], ["b next", "c next"]]


def test_records_are_shown_as_indented_json_or_as_they_are() -> None:
    """By four."""
    assert consumer.shown(b'{"a": 1}\n') == '{\n    "a": 1\n}'
    assert consumer.shown(b"plain") == "plain"


@pytest.mark.parametrize("program", ["producer", "consumer"])
def test_a_stream_that_cannot_be_reached_is_said_in_a_line(program: str) -> None:
    """Exit code 1, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", f"labs.wild_rydes.{program}"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert f"{program}: Could not connect" in done.stderr
    assert "Traceback" not in done.stderr


def test_flags_are_the_workshops() -> None:
    """With one hyphen or two."""
    asked = producer._parser().parse_args(
        ["-name", "R", "-stream", "s", "-error", "yes", "-msgs", "9", "--count", "3", "--rate", "2.5"]
    )

    assert (asked.name, asked.stream, asked.error, asked.msgs, asked.count, asked.rate) == ("R", "s", "yes", 9, 3, 2.5)
    with pytest.raises(SystemExit):
        producer._parser().parse_args(["-msgs", "0"])


def reading(number: int, text: str = "") -> dict[str, Any]:
    return record(
        "Shadowfax", number, {"Name": "Shadowfax", "StatusTime": str(number), "InputData": text, "Distance": 1}
    )


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A DynamoDB that answers what it is told to."""
    monkeypatch.setenv("TABLE_NAME", "Any")
    with Stubber(aws.client("dynamodb")) as stubber:
        yield stubber
    aws.client.cache_clear()


def written(*numbers: str) -> dict[str, Any]:
    rest = {"InputData": {"S": ""}, "Distance": {"N": "1"}}
    items = [{"Name": {"S": "Shadowfax"}, "StatusTime": {"S": number}, **rest} for number in numbers]
    return {"RequestItems": {"Any": [{"PutRequest": {"Item": item}} for item in items]}}


def test_the_processor_writes_nothing_of_a_poisoned_batch(dynamodb: Stubber) -> None:
    """It throws first."""
    with pytest.raises(Poisoned):
        processor.handler({"Records": [reading(1), reading(2, "error")]}, None)


def test_the_processor_offers_again_what_was_left_unprocessed(dynamodb: Stubber) -> None:
    """And names no item twice in one call."""
    left = {"UnprocessedItems": written("2")["RequestItems"]}
    dynamodb.add_response("batch_write_item", left, written("1", "2"))
    dynamodb.add_response("batch_write_item", {}, written("2"))

    assert processor.handler({"Records": [reading(1), reading(1), reading(2)]}, None) == "Delivered 3 records"
    dynamodb.assert_no_pending_responses()


def test_the_checkpoint_handler_stores_what_comes_before_and_says_where_it_stopped(dynamodb: Stubber) -> None:
    """Nothing behind the bad reading is written, and it alone is named."""
    dynamodb.add_response("batch_write_item", {}, written("1"))

    answer = checkpoint.handler({"Records": [reading(1), reading(2, "error"), reading(3, "error")]}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    dynamodb.assert_no_pending_responses()


def window(records: list[dict[str, Any]], state: dict[str, Any], *, final: bool) -> dict[str, Any]:
    return {
        "Records": records,
        "state": state,
        "isFinalInvokeForWindow": final,
        "window": {"start": "S", "end": "E"},
        "shardId": "shardId-1",
    }


def test_the_aggregator_stores_a_windows_sum_at_its_end_alone(dynamodb: Stubber) -> None:
    """Where another shard has the name and the minute, the item gets a name of its own."""
    answer = aggregator.handler(window([reading(1), reading(2)], {}, final=False), None)
    assert answer == {"state": {"distance": "2", "name": "Shadowfax"}}

    dynamodb.add_client_error("put_item", "ConditionalCheckFailedException")
    item = {
        "name": {"S": "Shadowfax (shardId-1)"},
        "windowStart": {"S": "S"},
        "windowEnd": {"S": "E"},
        "distance": {"N": "2"},
        "shardId": {"S": "shardId-1"},
    }
    dynamodb.add_response("put_item", {}, {"TableName": "Any", "Item": item})
    aggregator.handler(window([], answer["state"], final=True), None)
    dynamodb.assert_no_pending_responses()


def test_ctrl_c_ends_a_program_in_peace() -> None:
    """Exit code 0 and a last line, when nothing is wrong but that somebody has had enough."""
    code = (
        "import os, signal, sys; from labs.wild_rydes import producer; from unittest import mock\n"
        "fake = mock.Mock(); fake.put_record.side_effect = lambda **_: os.kill(os.getpid(), signal.SIGINT)\n"
        "producer.boto3.client = lambda _: fake\n"
        "sys.exit(producer.main(['-name', 'Rocinante']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ".\n1 readings put into wildrydes\n"
