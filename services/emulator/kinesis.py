"""Puts the mended Kinesis in the place of MiniStack's, and keeps what is no record in kinesis.json.

A change of a stream, a shard, a consumer or a policy is in that file before its caller hears of success; the records
are in their journals (stream_log).
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from cloud.errors import AwsError
from services.emulator import fan_out, shards, state
from services.emulator.journal import replace
from services.emulator.patch import put
from services.emulator.sequence import before_time
from services.emulator.stream_log import StreamLog, without_records
from services.emulator.streams import EXPIRED, Json, Streams
from services.emulator.traffic import Traffic

Answer = tuple[int, dict[str, str], bytes]

# Actions that change nothing in kinesis.json.
_QUIET = ("Put", "Get", "Describe", "List", "Subscribe")
_POLICY = "PutResourcePolicy"


class Kinesis:
    """The mended service. kinesis, persistence: MiniStack's modules; file: kinesis.json."""

    def __init__(self, kinesis: Any, persistence: Any, streams: Streams, traffic: Traffic, file: Path) -> None:
        self.kinesis = kinesis
        self.persistence = persistence
        self.streams = streams
        self.traffic = traffic
        self.log: StreamLog = traffic.log
        self.file = file
        self._handle = kinesis.handle_request
        self._delete_stream = kinesis._delete_stream
        self._increase_retention = kinesis._increase_retention
        self._subscribe = kinesis._subscribe_to_shard
        self._restore = kinesis._restore_state
        self._reset = kinesis.reset

    def install(self) -> None:
        """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
        numbers = self.streams.numbers
        actions: dict[str, Callable[[Json], Json]] = {
            "_create_stream": self.streams.create,
            "_describe_stream_summary": self.streams.describe_summary,
            "_list_shards": self.streams.list_shards,
            "_split_shard": self.streams.split,
            "_merge_shards": self.streams.merge,
            "_update_shard_count": self.streams.update_count,
            "_put_record": self.traffic.put_record,
            "_put_records": self.traffic.put_records,
            "_get_shard_iterator": self.traffic.get_shard_iterator,
            "_get_records": self.traffic.get_records,
        }
        for name, action in actions.items():
            put(self.kinesis, name, answering(action))
        put(self.kinesis, "put_record_internal", self.traffic.put_internal)
        put(self.kinesis, "_next_sequence_number", numbers.issue)
        put(self.kinesis, "_build_shards", lambda count, first=0: shards.build(count, numbers.issue, first))
        put(self.kinesis, "_shard_out", shards.describe)
        put(self.kinesis, "_expire_records", self._trim)
        put(self.kinesis, "_expire_iterators", lambda: None)
        put(self.kinesis, "_delete_stream", self._delete)
        put(self.kinesis, "_increase_retention", self._increase)
        put(self.kinesis, "_subscribe_to_shard", self.subscribe)
        put(self.kinesis, "get_state", self.state)
        put(self.kinesis, "load_persisted_state", self.load)
        put(self.kinesis, "reset", self.reset)
        put(self.kinesis, "handle_request", self.handle)

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        """Any request to Kinesis, as MiniStack's dispatcher hands it over."""
        reply = await self._handle(method, path, headers, body, query)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if reply[0] < 300 and (action == _POLICY or not action.startswith(_QUIET)):
            self.save()
        return reply

    def subscribe(self, request: Json, cbor: bool) -> Any:
        """SubscribeToShard: MiniStack's answer, with events of ours."""
        status, headers, body = self._subscribe(request, cbor)
        if status >= 300:
            return status, headers, body
        try:
            body.runner = fan_out.subscription(self.traffic, request, cbor).run
        except AwsError as error:
            return refusal(error)
        return status, headers, body

    def save(self) -> None:
        """Write kinesis.json."""
        text = state.encode(self.persistence, "kinesis", self.state)
        if text is not None:
            replace(self.file, text)

    def state(self) -> dict[str, Any]:
        """What kinesis.json holds."""
        streams = type(self.kinesis._streams)()
        for (account, region, name), stream in self.kinesis._streams.all_items():
            streams.set_scoped(account, region, name, without_records(stream))
        consumers, policies = self.kinesis._consumers, self.kinesis._resource_policies
        return {"streams": streams, "consumers": consumers, "resource_policies": policies}

    def load(self, payload: dict[str, Any]) -> None:
        """Take up kinesis.json and the journals beside it."""
        self._restore(payload)
        streams = self.kinesis._streams.all_values()
        for stream in streams:
            for shard in stream["shards"].values():
                shard["records"] = []
                self.streams.numbers.observe(shard["starting_sequence_number"])
        self.log.load(streams, self.streams.numbers)

    def reset(self) -> None:
        """Forget all, on disk too."""
        self._reset()
        self.log.clear()

    def forget_expired(self) -> None:
        """Let retention take records, closed shards and the files behind them; called now and then."""
        gone = False
        for stream in self.kinesis._streams.all_values():
            gone |= shards.forget_expired(stream["shards"], self.streams.horizon(stream))
            self._trim(stream)
        if gone:
            self.save()

    def _trim(self, stream: dict[str, Any]) -> None:
        with self.log.lock:
            self.log.forget(stream, before_time(self.streams.horizon(stream)))

    def _increase(self, request: Json) -> Answer:
        _, stream = self.kinesis._resolve_stream(request)
        horizon = self.streams.horizon(stream) if stream else 0.0
        reply: Answer = self._increase_retention(request)
        if stream and reply[0] < 300:
            stream[EXPIRED] = horizon  # what retention has taken does not come back
        return reply

    def _delete(self, request: Json) -> Answer:
        _, stream = self.kinesis._resolve_stream(request)
        reply: Answer = self._delete_stream(request)
        if stream:
            self.log.drop(stream)
        return reply


def answering(action: Callable[[Json], Json]) -> Callable[[Json], Answer]:
    """An action as MiniStack calls it: the reply as HTTP, AwsError as AWS's JSON error."""

    @functools.wraps(action)
    def answer(request: Json) -> Answer:
        try:
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, orjson.dumps(action(request))
        except AwsError as error:
            return refusal(error)

    return answer


def refusal(error: AwsError) -> Answer:
    """AWS's JSON error."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code}
    return error.status, headers, orjson.dumps({"__type": error.code, "message": error.message})
