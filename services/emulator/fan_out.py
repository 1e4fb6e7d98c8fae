"""Enhanced fan-out, mended: what a subscription to a shard is sent.

MiniStack goes through all records of the shard five times a second, sends whatever it finds as one event, and does not
end at the end of a shard that was split or merged. Here each event is a page like GetRecords', and the last one of a
closed shard names its children (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShardEvent.html).
Who may subscribe, and who is taken over by whom, MiniStack decides.
"""

import asyncio
import base64
import contextlib
import importlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from cloud.errors import AwsError
from services.emulator import records, shards
from services.emulator.segment import Record
from services.emulator.stream_log import Stream
from services.emulator.streams import Json
from services.emulator.traffic import MAX_LIMIT, Traffic

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

PAUSE = 0.2  # seconds between looks at the tip


@dataclass
class Subscription:
    """One subscription. kinesis: MiniStack's module; key: by which it knows it; after: the number it goes on after."""

    kinesis: Any
    traffic: Traffic
    key: tuple[str, str]
    stream: Stream
    after: str
    cbor: bool
    started: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.id: str = self.kinesis._subscriptions[self.key]["id"]
        self.scope = (self.kinesis.get_account_id(), self.kinesis.get_region())

    async def run(self, send: Send, receive: Receive) -> None:
        """Send events until the client goes, five minutes are over, another takes over, or the shard ends."""
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await self._send(send, "event", "initial-response", {})
            await self._events(send, gone)
        finally:
            if self._mine():
                self.kinesis._subscriptions.pop(self.key)
            gone.cancel()
            with contextlib.suppress(Exception):  # the client has gone
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events(self, send: Send, gone: asyncio.Task[None]) -> None:
        told = 0.0
        while not gone.done() and time.time() < self.started + self.kinesis.SUBSCRIPTION_SECONDS:
            if refusal := self._refusal():
                await self._send(send, "exception", refusal.code, {"message": refusal.message})
                return
            found, waiting, over = self._look()
            if found or over or time.time() - told >= self.kinesis._SUBSCRIPTION_IDLE_SECONDS:
                await self._send(send, "event", "SubscribeToShardEvent", self._event(found, waiting, over))
                told = time.time()
            if over:
                return
            await asyncio.wait({gone}, timeout=0 if waiting else PAUSE)

    def _look(self) -> tuple[list[Record], Record | None, bool]:
        """The next records, the one that waits behind them, and whether the shard ends with them."""
        shard = self.stream["shards"].get(self.key[1])
        if shard is None:  # retention has taken it
            return [], None, True
        found, waiting = self.traffic.page(self.stream, self.key[1], self.after, MAX_LIMIT)
        self.after = found[-1]["SequenceNumber"] if found else max(self.after, shard["starting_sequence_number"])
        return found, waiting, not waiting and not shards.is_open(shard)

    def _event(self, found: list[Record], waiting: Record | None, over: bool) -> Json:
        event = {
            "Records": [self._shown(record) for record in found],
            "ContinuationSequenceNumber": self.after,
            "MillisBehindLatest": records.millis_behind(waiting, time.time()),
        }
        return {**event, "ChildShards": shards.children(self.stream["shards"], self.key[1])} if over else event

    def _shown(self, record: Record) -> Record:
        data = base64.b64decode(record["Data"]) if self.cbor else record["Data"]
        return {"EncryptionType": "NONE", **record, "Data": data}

    def _refusal(self) -> AwsError | None:
        """Why it cannot go on."""
        consumer, shard = self.key
        if not self._mine():
            return AwsError("ResourceInUseException", f"Subscription to shard {shard} was taken over")
        name = self.stream["StreamName"]
        known = self.kinesis._consumers.get_scoped(*self.scope, consumer)
        if known is None or self.kinesis._streams.get_scoped(*self.scope, name) is not self.stream:
            return AwsError("ResourceNotFoundException", f"Stream {name} or consumer {consumer} not found")
        return None

    def _mine(self) -> bool:
        return bool(self.kinesis._subscriptions.get(self.key, {}).get("id") == self.id)

    async def _send(self, send: Send, kind: str, name: str, content: Json) -> None:
        """One message of the event stream."""
        headers = {
            ":message-type": kind,
            f":{kind}-type": name,
            ":content-type": "application/x-amz-cbor-1.1" if self.cbor else "application/json",
        }
        text = importlib.import_module("cbor2").dumps(content) if self.cbor else orjson.dumps(content)
        message = self.kinesis._eventstream_message(headers, text)
        await send({"type": "http.response.body", "body": message, "more_body": True})


def subscription(traffic: Traffic, request: Json, cbor: bool) -> Subscription:
    """What MiniStack has just let somebody subscribe to. Raises AwsError when it cannot begin where it should."""
    kinesis = traffic.streams.kinesis
    start, key = request["StartingPosition"], (request["ConsumerARN"], request["ShardId"])
    stream = traffic.streams.stream({"StreamARN": kinesis._consumer_from_arn(key[0])["StreamARN"]})
    try:
        number, latest = start.get("SequenceNumber"), traffic.streams.numbers.latest()
        after = records.start(start["Type"], number, start.get("Timestamp"), latest)
    except AwsError:
        del kinesis._subscriptions[key]
        raise
    return Subscription(kinesis, traffic, key, stream, after, cbor)


async def _disconnected(receive: Receive) -> None:
    while (await receive()).get("type") != "http.disconnect":
        pass
