"""The reader of one shard by enhanced fan-out, on a Kinesis client whose subscriptions were written down before."""

import base64
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from services.worker.polling import fanout
from services.worker.polling.fanout import FanOut, FanOutReader
from services.worker.polling.source import Position, StreamGone

CONSUMER = "arn:aws:kinesis:us-east-1:000000000000:stream/Input/consumer/fast:1700000000"
CREATED = 1000
AGGREGATE = base64.b64decode("84mawgoFYWxwaGEKBGJldGEaBwgAGgNvbmUaBwgBGgN0d28aCQgAGgV0aHJlZUIE+DdKaK67QsIpOchpMKc=")


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "SubscribeToShard")


def put(number: int, data: bytes = b"x") -> dict[str, Any]:
    return {
        "SequenceNumber": str(number),
        "ApproximateArrivalTimestamp": datetime.fromtimestamp(5, UTC),
        "Data": data,
        "PartitionKey": "k",
    }


def event(*records: dict[str, Any], continuation: str = "") -> dict[str, Any]:
    number = continuation or (records[-1]["SequenceNumber"] if records else "")
    return {
        "SubscribeToShardEvent": {
            "Records": list(records),
            "ContinuationSequenceNumber": number,
            "MillisBehindLatest": 0,
        }
    }


class EventStream:
    """Gives its events and then ends, or raises what is among them."""

    def __init__(self, events: list[Any]) -> None:
        self.events = events

    def __iter__(self) -> Any:
        for one in self.events:
            if isinstance(one, Exception):
                raise one
            yield one

    def close(self) -> None:
        self.events = []


class Silent(EventStream):
    """Gives nothing for five seconds, or until waiting is set."""

    def __init__(self, events: list[Any]) -> None:
        super().__init__(events)
        self.waiting = threading.Event()

    def __iter__(self) -> Any:
        self.waiting.wait(5)
        yield event(put(99))


class Kinesis:
    """A stream of one shard. subscriptions: what each one gives, or the error that it is refused with."""

    def __init__(self, *subscriptions: Any, polled: Any = ()) -> None:
        self.subscriptions = deque(subscriptions)
        self.polled = deque(polled)
        self.started: list[dict[str, Any]] = []
        self.opened: list[tuple[str, str]] = []
        self.closed = False

    def describe_stream_consumer(self, ConsumerARN: str) -> dict[str, Any]:
        assert ConsumerARN == CONSUMER
        return {}

    def describe_stream_summary(self, StreamARN: str) -> dict[str, Any]:
        assert StreamARN.endswith("stream/Input")
        return {"StreamDescriptionSummary": {"StreamCreationTimestamp": datetime.fromtimestamp(CREATED, UTC)}}

    def list_shards(self, StreamARN: str) -> dict[str, Any]:
        numbers = {"StartingSequenceNumber": "0", **({"EndingSequenceNumber": "9"} if self.closed else {})}
        keys = {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}
        return {"Shards": [{"ShardId": "s-0", "SequenceNumberRange": numbers, "HashKeyRange": keys}]}

    def subscribe_to_shard(self, *, StartingPosition: dict[str, Any], **_: str) -> dict[str, Any]:
        self.started.append(StartingPosition)
        given = self.subscriptions.popleft()
        if isinstance(given, Exception):
            raise given
        return {"EventStream": given if isinstance(given, EventStream) else EventStream(given)}

    def get_shard_iterator(self, *, ShardIteratorType: str, StartingSequenceNumber: str = "", **_: Any) -> Any:
        self.opened.append((ShardIteratorType, StartingSequenceNumber))
        return {"ShardIterator": "i"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        records = self.polled.popleft()
        return {"Records": records, "NextShardIterator": "next" if self.polled else None, "MillisBehindLatest": 0}


def reader(kinesis: Kinesis, after: str = "TRIM_HORIZON") -> FanOutReader:
    position = Position(after)
    return FanOutReader(FanOut(kinesis), CONSUMER, "s-0", created=CREATED, position=position, identity="role")


async def sequences(shard: FanOutReader, reads: int) -> list[str]:
    return [record.sequence for _ in range(reads) for record in (await shard.read(10)).records]


async def test_subscriptions_follow_one_another_without_a_gap() -> None:
    """Each goes on after the last one's continuation number, which may be past its last record."""
    kinesis = Kinesis([event(put(1)), event(put(2), continuation="5")], [event(put(6))])
    shard = reader(kinesis)

    assert await sequences(shard, 4) == ["1", "2", "6"]
    assert kinesis.started == [
        {"Type": "TRIM_HORIZON"},
        {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "5"},
    ]
    assert shard.position.after == "6"


async def test_a_function_sees_the_consumer() -> None:
    """Its ARN is where the stream's would be; the rest is as with polling."""
    page = await reader(Kinesis([event(put(1))]), after="0").read(10)

    assert page.records[0].event["eventSourceARN"] == CONSUMER
    assert page.records[0].event["eventID"] == "s-0:1"


async def test_aggregates_are_unpacked() -> None:
    """Their user records share the outer number; what only looks like an aggregate passes as it is."""
    broken = AGGREGATE[:-1] + b"\x00"
    page = await reader(Kinesis([event(put(1), put(2, AGGREGATE), put(3, broken))])).read(10)

    assert [(one.sequence, one.event["kinesis"]["partitionKey"]) for one in page.records] == [
        *(("1", "k"), ("2", "alpha"), ("2", "beta"), ("2", "alpha"), ("3", "k"))
    ]
    assert [base64.b64decode(one.event["kinesis"]["data"]) for one in page.records][1:4] == [b"one", b"two", b"three"]
    assert list(page.records[1].event["kinesis"]) == list(page.records[0].event["kinesis"])
    assert page.records[1].event["eventID"] == "s-0:2"


@pytest.mark.parametrize(
    "refusal",
    [
        failure("UnknownOperationException"),
        failure("InternalFailure"),
        ResponseParserError("no event stream"),
        AttributeError("EventStream"),
    ],
)
async def test_without_subscriptions_the_shard_is_polled(refusal: Exception) -> None:
    """A function sees the consumer all the same, and aggregates unpacked."""
    kinesis = Kinesis(refusal, polled=[[put(1, AGGREGATE)], [put(2)]])
    shard = reader(kinesis)

    pages = [await shard.read(10) for _ in range(3)]

    assert [one.sequence for page in pages for one in page.records] == ["1", "1", "1", "2"]
    assert pages[1].records[0].event["eventSourceARN"] == CONSUMER
    assert shard.ended


async def test_subscriptions_that_give_nothing_are_given_up() -> None:
    """Three that end without an event: what is left is polled."""
    shard = reader(Kinesis([], [], [], polled=[[put(1)], []]))

    assert await sequences(shard, 5) == ["1"]


async def test_a_silent_subscription_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No event at all for long, not even an empty one: what is left is polled, after the last record."""
    monkeypatch.setattr(fanout, "_SILENCE", 0.0)
    monkeypatch.setattr(fanout, "_WAIT", 0.001)
    silent = Silent([])
    kinesis = Kinesis(silent, polled=[[put(1)], []])
    shard = reader(kinesis)

    assert await sequences(shard, 2) == ["1"]
    silent.waiting.set()
    assert kinesis.opened == [("TRIM_HORIZON", "")]


async def test_a_subscription_that_somebody_holds_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """ResourceInUseException: the last worker's counts for five seconds more."""
    monkeypatch.setattr(fanout, "_TAKEN", 0.0)
    kinesis = Kinesis(failure("ResourceInUseException"), [failure("ResourceInUseException")], [event(put(1))])

    assert await sequences(reader(kinesis), 3) == ["1"]


@pytest.mark.parametrize(
    "subscription",
    [
        [],
        [failure("InternalFailureException")],
        failure("UnknownOperationException"),
        Silent([]),
    ],
)
async def test_without_an_event_there_may_be_more_to_read(subscription: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription that ended, failed or is silent says nothing about the shard: a window must not end for that."""
    monkeypatch.setattr(fanout, "_WAIT", 0.01)

    page = await reader(Kinesis(subscription)).read(10)
    if isinstance(subscription, Silent):
        subscription.waiting.set()

    assert (page.records, page.behind) == ((), True)


async def test_while_somebody_else_holds_the_subscription_there_may_be_more_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same, and it is not asked for again and again."""
    monkeypatch.setattr(fanout, "_WAIT", 0.01)
    monkeypatch.setattr(fanout, "_TAKEN", 60.0)
    kinesis = Kinesis(failure("ResourceInUseException"))
    shard = reader(kinesis)

    pages = [await shard.read(10) for _ in range(3)]

    assert [(page.records, page.behind) for page in pages] == [((), True)] * 3
    assert len(kinesis.started) == 1


async def test_a_closed_shard_is_polled_to_its_end() -> None:
    """Seen when the service has nothing more to say; the children come after."""
    kinesis = Kinesis([event(put(1)), event(continuation="1")], polled=[[]])
    shard = reader(kinesis)
    await shard.read(10)
    kinesis.closed = True

    await shard.read(10)
    page = await shard.read(10)

    assert (page.ended, shard.ended) == (True, True)
    assert kinesis.opened == [("AFTER_SEQUENCE_NUMBER", "1")]


async def test_an_emulator_that_is_away_is_tried_again() -> None:
    """Its error is raised, and reading goes on afterwards, by subscription."""
    offline = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    shard = reader(Kinesis(offline, [event(put(1))]))

    with pytest.raises(EndpointConnectionError):
        await shard.read(10)

    assert await sequences(shard, 1) == ["1"]


async def test_a_consumer_that_was_removed_is_gone() -> None:
    """So is one whose stream was made again."""
    with pytest.raises(StreamGone):
        await reader(Kinesis(failure("ResourceNotFoundException"))).read(10)
    other = FanOutReader(FanOut(Kinesis()), CONSUMER, "s-0", created=1, position=Position("0"), identity="")
    with pytest.raises(StreamGone):
        await other.read(10)
