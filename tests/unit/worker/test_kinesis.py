"""The reader of one shard, on a Kinesis client made of recorded answers."""

import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.worker.polling import record
from services.worker.polling.kinesis import ShardReader
from services.worker.polling.source import Position, StreamGone

from .records import STREAM

EVENT = Path(__file__).parents[2] / "events" / "kinesis.json"
CREATED = 1000


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetRecords")


def put(number: int, arrival: float = 0.0) -> dict[str, Any]:
    """A record as boto3 returns it."""
    return {
        "SequenceNumber": str(number),
        "ApproximateArrivalTimestamp": datetime.fromtimestamp(arrival, UTC),
        "Data": b"x",
        "PartitionKey": "k",
    }


SHARD = "shardId-000000000006"


class Kinesis:
    """Answers GetRecords with what it was given, one after the other, and notes where iterators were opened.

    created: answers to DescribeStreamSummary, the last of which stays; shards: those that the stream lists.
    """

    def __init__(self, *answers: Any, created: tuple[int, ...] = (CREATED,), shards: tuple[str, ...] = ()) -> None:
        self.answers = deque(answers)
        self.created = deque(created)
        self.shards = shards
        self.opened: list[tuple[str, str]] = []
        self.refusal: ClientError | None = None

    def describe_stream_summary(self, StreamARN: str) -> dict[str, Any]:
        created = self.created.popleft() if len(self.created) > 1 else self.created[0]
        return {"StreamDescriptionSummary": {"StreamCreationTimestamp": datetime.fromtimestamp(created, UTC)}}

    def list_shards(self, StreamARN: str) -> dict[str, Any]:
        whole = {"HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"}, "SequenceNumberRange": {}}
        return {"Shards": [{"ShardId": shard, **whole} for shard in self.shards]}

    def get_shard_iterator(self, *, ShardIteratorType: str, StartingSequenceNumber: str = "", **_: Any) -> Any:
        self.opened.append((ShardIteratorType, StartingSequenceNumber))
        if self.refusal:
            refusal, self.refusal = self.refusal, None
            raise refusal
        return {"ShardIterator": "i"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        records, following = answer
        return {"Records": records, "NextShardIterator": following, "MillisBehindLatest": 0}


def reader(kinesis: Kinesis, position: Position = Position("TRIM_HORIZON")) -> ShardReader:  # noqa: B008 -- frozen
    role = "arn:aws:iam::000000000000:role/Scoreboard"
    return ShardReader(kinesis, STREAM, SHARD, stream_created=CREATED, position=position, identity=role)


async def test_a_record_looks_as_on_aws() -> None:
    """The event is the documented one, key for key and in its order."""
    expected = json.loads(EVENT.read_text())
    sequence = expected["Records"][0]["kinesis"]["sequenceNumber"]
    raw = {
        **put(0, 1545084650.987),
        "SequenceNumber": sequence,
        "Data": b"Hello, this is a test.",
        "PartitionKey": "ada",
    }

    page = await reader(Kinesis(([raw], "next"))).read(10)

    assert json.loads(record.event(page.records)) == expected
    assert list(page.records[0].event) == list(expected["Records"][0])


async def test_an_expired_iterator_is_opened_again_after_the_last_record_read() -> None:
    """Not where reading once started, nor at the last position stored."""
    kinesis = Kinesis(([put(7)], "next"), failure("ExpiredIteratorException"), ([put(8)], "next"))
    shard = reader(kinesis)

    pages = [await shard.read(10) for _ in range(3)]

    assert [[one.sequence for one in page.records] for page in pages] == [["7"], [], ["8"]]
    assert [page.behind for page in pages] == [False, True, False]  # the empty page says nothing about the stream
    assert kinesis.opened == [("TRIM_HORIZON", ""), ("AFTER_SEQUENCE_NUMBER", "7")]


async def test_a_position_that_was_trimmed_away_falls_back_to_the_horizon() -> None:
    """The stream does not keep the record any more; what is left is read."""
    kinesis = Kinesis(([put(9)], "next"))
    kinesis.refusal = failure("InvalidArgumentException")

    page = await reader(kinesis, Position("5")).read(10)

    assert [one.sequence for one in page.records] == ["9"]
    assert kinesis.opened == [("AFTER_SEQUENCE_NUMBER", "5"), ("TRIM_HORIZON", "")]


async def test_a_stream_that_was_made_again_is_another_stream() -> None:
    """Its positions mean nothing here: nothing is read."""
    with pytest.raises(StreamGone):
        await reader(Kinesis(created=(CREATED + 1,))).read(10)


async def test_a_shard_that_has_expired_has_ended() -> None:
    """The stream is the one meant, and does not list it any more."""
    kinesis = Kinesis()
    kinesis.refusal = failure("ResourceNotFoundException")

    assert (await reader(kinesis).read(10)).ended


@pytest.mark.parametrize(
    "kinesis",
    [Kinesis(created=(CREATED, CREATED + 1)), Kinesis(shards=(SHARD,))],
    ids=["in another second", "in the same second"],
)
async def test_a_shard_has_not_ended_whose_stream_is_made_again_meanwhile(kinesis: Kinesis) -> None:
    """Deleted after its creation time was looked at: were the shard said to have ended, nobody would read the new."""
    kinesis.refusal = failure("ResourceNotFoundException")
    shard = reader(kinesis)

    with pytest.raises(StreamGone):
        await shard.read(10)
    assert not shard.ended


async def test_a_closed_shard_ends_once() -> None:
    """A missing next iterator is the end; reading on finds nothing and asks nobody."""
    shard = reader(Kinesis(([put(1)], None)))

    assert (await shard.read(10)).ended
    assert await shard.read(10) == type(await shard.read(10))((), ended=True)


async def test_a_start_by_time_is_exact() -> None:
    """Records from before the moment are dropped, should the emulator hand them out."""
    kinesis = Kinesis(([put(1, 99.9), put(2, 100.0)], "next"))

    page = await reader(kinesis, Position("AT_TIMESTAMP", 100.0)).read(10)

    assert [one.sequence for one in page.records] == ["2"]
