"""The reader of a table's changes, on a client made of recorded answers."""

import json
from collections import deque
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.worker.polling import record
from services.worker.polling.dynamodb import TableReader, TableStreams, as_sent, record_of
from services.worker.polling.item_size import item_size
from services.worker.polling.pages import Boto3Pages
from services.worker.polling.source import Position, Shard, StreamGone

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Items/stream/2026-01-01T00:00:00.000"


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetRecords")


def change(number: int, **images: Any) -> dict[str, Any]:
    """A record as boto3 returns it."""
    return {
        "eventID": "0a1b2c3d-0000-0000-0000-000000000000",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": datetime.fromtimestamp(1789651658.25, UTC),
            "Keys": {"id": {"S": "x"}},
            "SequenceNumber": f"{number:021d}",
            "SizeBytes": 0,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


class Streams:
    """Answers GetRecords with what it was given, one after the other, and notes where iterators were opened."""

    def __init__(self, *answers: Any) -> None:
        self.answers = deque(answers)
        self.opened: list[tuple[str, str]] = []
        self.refusal: ClientError | None = None
        self.listed: list[str] | None = None

    def describe_stream(self, **_: Any) -> Any:
        if self.listed is None:
            raise failure("ResourceNotFoundException")
        shards = [{"ShardId": name, "SequenceNumberRange": {}} for name in self.listed]
        return {"StreamDescription": {"CreationRequestDateTime": datetime.fromtimestamp(1, UTC), "Shards": shards}}

    def get_shard_iterator(self, *, ShardIteratorType: str, SequenceNumber: str = "", **_: Any) -> Any:
        self.opened.append((ShardIteratorType, SequenceNumber))
        if self.refusal:
            refusal, self.refusal = self.refusal, None
            raise refusal
        return {"ShardIterator": "i"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        assert Limit <= 1000
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        records, following = answer
        return {"Records": records, **({"NextShardIterator": following} if following else {})}


def reader(streams: Streams, after: str = "TRIM_HORIZON") -> TableReader:
    return TableReader(streams, ARN, "shardId-1", Position(after), Boto3Pages(streams, as_sent))


def test_a_record_looks_as_on_aws() -> None:
    """Keys in the recorded order, whole seconds as a float, binary values as base64, sizes that DynamoDB counts."""
    image = {
        "id": {"S": "x"},
        "n": {"N": "42"},
        "b": {"B": b"\x00\xff"},
        "bs": {"BS": [b"a"]},
        "l": {"L": [{"B": b"b"}]},
    }

    event = json.loads(record.event((record_of(as_sent(change(7, NewImage=image)), ARN),)))["Records"][0]

    assert list(event) == [
        *("eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN")
    ]
    assert list(event["dynamodb"]) == [
        *("ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType")
    ]
    assert event["dynamodb"]["NewImage"] == {
        **image,
        "b": {"B": "AP8="},
        "bs": {"BS": ["YQ=="]},
        "l": {"L": [{"B": "Yg=="}]},
    }
    assert event["dynamodb"]["ApproximateCreationDateTime"] == 1789651658.0
    assert event["dynamodb"]["SizeBytes"] == 3 + (3 + 3 + 3 + 3 + 6)
    assert (event["eventID"], event["eventSourceARN"]) == ("0a1b2c3d" + "0" * 24, ARN)


def test_the_size_of_an_item_is_that_of_its_names_and_values() -> None:
    """Numbers take about a byte for two digits; documents three bytes and one per member."""
    assert item_size({"ab": {"S": "é"}}) == 4
    assert item_size({"n": {"N": "-12.50"}}) == 1 + 4
    assert item_size({"m": {"M": {"k": {"BOOL": True}}}}) == 1 + 3 + 1 + 1 + 1
    assert item_size({"s": {"SS": ["a", "bc"]}}) == 1 + 3


async def test_an_expired_iterator_is_opened_again_after_the_last_record_read() -> None:
    """Not where reading once started."""
    streams = Streams(([change(7)], "next"), failure("ExpiredIteratorException"), ([change(8)], "next"))
    shard = reader(streams)

    pages = [await shard.read(5000) for _ in range(3)]

    assert [[int(one.sequence) for one in page.records] for page in pages] == [[7], [], [8]]
    assert streams.opened == [("TRIM_HORIZON", ""), ("AFTER_SEQUENCE_NUMBER", f"{7:021d}")]


async def test_a_position_that_was_trimmed_away_falls_back_to_the_horizon() -> None:
    """Whether the iterator cannot be had any more, or not be used."""
    streams = Streams(failure("TrimmedDataAccessException"), ([change(9)], "next"))
    streams.refusal = failure("TrimmedDataAccessException")
    shard = reader(streams, "5")

    assert [len((await shard.read(10)).records) for _ in range(2)] == [0, 1]
    assert [kind for kind, _ in streams.opened] == ["AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "TRIM_HORIZON"]


async def test_a_closed_shard_ends_and_a_missing_stream_is_gone() -> None:
    """A reply without a next iterator is the end of the shard."""
    shard = reader(Streams(([change(1)], None)))

    assert (await shard.read(10)).ended
    assert (await shard.read(10)).ended
    with pytest.raises(StreamGone):
        await reader(Streams(failure("ResourceNotFoundException"))).read(10)


async def test_latest_is_the_last_change_there_is() -> None:
    """The shard is read to its tip; of one without changes everything is to come."""
    filled = TableStreams(Streams(([change(1)], "a"), ([change(2)], "b"), ([], "c")))
    empty = TableStreams(Streams(([], "a")))

    assert (await filled.tip(ARN, Shard("shardId-1"), 0.0)).after == f"{2:021d}"
    assert (await empty.tip(ARN, Shard("shardId-1"), 0.0)).after == "TRIM_HORIZON"


@pytest.mark.parametrize(("listed", "gone"), [(["shardId-2"], False), (["shardId-1"], True), (None, True)])
async def test_a_shard_that_was_trimmed_away_has_ended(listed: list[str] | None, gone: bool) -> None:
    """A mapping that was disabled for more than a day goes on with the shard's children; a stream that is gone ends."""
    streams = Streams()
    streams.refusal = failure("ResourceNotFoundException")
    streams.listed = listed
    shard = reader(streams, after="7")

    if gone:
        with pytest.raises(StreamGone):
            await shard.read(10)
    else:
        assert (await shard.read(10)).ended
    assert shard.ended is not gone
