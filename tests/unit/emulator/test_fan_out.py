"""What a subscription to a shard is sent."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from services.emulator import fan_out
from services.emulator.fan_out import Subscription
from services.emulator.sequence import OLDEST
from services.emulator.traffic import Traffic

from .streams import Clock, traffic

CONSUMER = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1"
SHARD = "shardId-000000000000"
KEY = (CONSUMER, SHARD)
Message = tuple[str, dict[str, Any]]


class Store(dict[str, Any]):
    """As MiniStack keeps what an account has in a region."""

    def get_scoped(self, _account: str, _region: str, name: str) -> Any:
        return self.get(name)


@pytest.fixture
def of(tmp_path: Path) -> Traffic:
    """A stream of one shard with a consumer, whose records are on disk but for the last few."""
    of = traffic(tmp_path, Clock(), segment_bytes=1)
    kinesis = of.streams.kinesis
    kinesis._streams = Store()
    kinesis._consumers = Store({CONSUMER: {"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}})
    kinesis._subscriptions = {KEY: {"id": "mine"}}
    kinesis._consumer_from_arn = kinesis._consumers.get
    kinesis._resolve_stream = lambda request: ("s", kinesis._streams["s"])
    kinesis._eventstream_message = lambda headers, text: json.dumps([headers, text.decode()])
    kinesis.SUBSCRIPTION_SECONDS, kinesis._SUBSCRIPTION_IDLE_SECONDS = 300, 5
    of.streams.create({"StreamName": "s", "ShardCount": 1})
    put(of, 10)
    return of


def put(of: Traffic, count: int) -> None:
    for number in range(count):
        of.put_record({"StreamName": "s", "PartitionKey": str(number), "Data": "AP8="})


def split(of: Traffic) -> None:
    of.streams.split({"StreamName": "s", "ShardToSplit": SHARD, "NewStartingHashKey": str(2**127)})


def subscription(of: Traffic, **start: Any) -> Subscription:
    wanted = {"ConsumerARN": CONSUMER, "ShardId": SHARD, "StartingPosition": start or {"Type": "TRIM_HORIZON"}}
    return fan_out.subscription(of, wanted, False)


def run(one: Subscription, messages: int) -> list[Message]:
    """What it sends until it ends, or until the client goes after so many messages."""
    sent: list[Message] = []

    async def talk() -> None:
        gone = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            if message["body"]:
                headers, text = json.loads(message["body"])
                sent.append((headers[f":{headers[':message-type']}-type"], json.loads(text)))
            if len(sent) == messages:
                gone.set()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        await asyncio.wait_for(one.run(send, receive), 20)

    asyncio.run(talk())
    return sent


def keys(sent: list[Message]) -> list[str]:
    return [record["PartitionKey"] for _, event in sent for record in event.get("Records", ())]


def test_a_closed_shard_is_sent_to_its_end_and_names_its_children(of: Traffic) -> None:
    """From disk as from memory; then the subscription is over."""
    split(of)
    sent = run(subscription(of), messages=100)

    assert keys(sent) == [str(number) for number in range(10)]
    assert [child["ShardId"][-1] for child in sent[-1][1]["ChildShards"]] == ["1", "2"]
    assert of.streams.kinesis._subscriptions == {}


def test_pages_follow_each_other_and_say_how_far_behind_they_are(of: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next subscription goes on after the continuation number."""
    monkeypatch.setattr(fan_out, "MAX_LIMIT", 4)
    first = run(subscription(of), messages=3)
    follow = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": first[-1][1]["ContinuationSequenceNumber"]}
    of.streams.kinesis._subscriptions[KEY] = {"id": "next"}
    second = run(subscription(of, **follow), messages=2)

    assert [len(event.get("Records", ())) for _, event in first] == [0, 4, 4]
    assert first[1][1]["MillisBehindLatest"] > 0
    assert keys(second) == ["8", "9"]
    assert second[1][1]["MillisBehindLatest"] == 0


def test_a_client_hears_at_once_that_there_is_nothing_yet(of: Traffic) -> None:
    """And from where it can go on."""
    sent = run(subscription(of, Type="LATEST"), messages=2)

    assert [name for name, _ in sent] == ["initial-response", "SubscribeToShardEvent"]
    assert sent[1][1]["Records"] == []
    assert sent[1][1]["ContinuationSequenceNumber"] > OLDEST


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda kinesis: kinesis._subscriptions.update({KEY: {"id": "another's"}}), "ResourceInUseException"),
        (lambda kinesis: kinesis._consumers.clear(), "ResourceNotFoundException"),
        (lambda kinesis: kinesis._streams.clear(), "ResourceNotFoundException"),
    ],
)
def test_a_subscription_ends_with_its_reason(of: Traffic, change: Any, error: str) -> None:
    """Another took it over, the consumer or the stream was deleted."""
    one = subscription(of)
    change(of.streams.kinesis)
    sent = run(one, messages=100)

    assert [name for name, _ in sent] == ["initial-response", error]
