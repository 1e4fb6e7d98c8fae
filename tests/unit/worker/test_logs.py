"""Shipping log events, and following them."""

import io
import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cloud import log_shipper as shipper
from cloud.log_shipper import Shipper
from services.worker.logs.follow import show


class Logs:
    """CloudWatch Logs in memory: it reads what boto3's hooks leave. offline: calls that fail at first."""

    def __init__(self, offline: int = 0) -> None:
        self.offline = offline
        self.groups: dict[str, dict[str, list[str]]] = {}
        self.calls: list[int] = []
        self.meta = SimpleNamespace(events=self)

    def register(self, name: str, hook: Callable[..., None], unique_id: str) -> None:
        assert name == "before-call.cloudwatch-logs.PutLogEvents"
        self.hook = hook

    def create_log_group(self, logGroupName: str) -> None:
        self.groups.setdefault(logGroupName, {})

    def create_log_stream(self, logGroupName: str, logStreamName: str) -> None:
        if logGroupName not in self.groups:
            raise self._missing()
        self.groups[logGroupName].setdefault(logStreamName, [])

    def put_log_events(self, logGroupName: str, logStreamName: str, logEvents: list[dict[str, Any]]) -> None:
        if self.offline:
            self.offline -= 1
            raise EndpointConnectionError(endpoint_url="http://nowhere")
        if logStreamName not in self.groups.get(logGroupName, {}):
            raise self._missing()
        params = {"body": b""}
        self.hook(params=params, model=None)
        sent = json.loads(params["body"])
        assert (sent["logGroupName"], sent["logStreamName"]) == (logGroupName, logStreamName)
        self.calls.append(len(sent["logEvents"]))
        self.groups[logGroupName][logStreamName] += [event["message"] for event in sent["logEvents"]]

    def filter_log_events(self, logGroupName: str, startTime: int, nextToken: str = "0") -> dict[str, Any]:
        if logGroupName not in self.groups:
            raise self._missing()
        said = [message for stream in self.groups[logGroupName].values() for message in stream]
        events = [{"eventId": str(n), "timestamp": 1_000_000 + n, "message": text} for n, text in enumerate(said)]
        number = int(nextToken)
        more = {"nextToken": str(number + 2)} if number + 2 < len(events) else {}
        return {"events": events[number : number + 2], **more}

    def _missing(self) -> ClientError:
        return ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "x")


async def test_groups_and_streams_are_made_when_they_are_missing() -> None:
    """At first, and again when the emulator came back empty."""
    logs = Logs()
    ship = Shipper(logs)
    ship.put("/aws/lambda/f", "s", ["one", "", "two"])
    await ship.close()
    logs.groups.clear()
    ship.put("/aws/lambda/f", "s", ["three"])
    await ship.close()

    assert logs.groups == {"/aws/lambda/f": {"s": ["three"]}}
    assert logs.calls == [2, 1]


async def test_events_wait_while_cloudwatch_is_away_and_keep_their_order() -> None:
    """Nothing is lost as long as there is room."""
    logs = Logs(offline=1)
    ship = Shipper(logs)
    ship.put("g", "s", ["one", "two"])
    await ship.close()
    ship.put("g", "s", ["three"])
    await ship.close()

    assert logs.groups["g"]["s"] == ["one", "two", "three"]


async def test_the_oldest_events_are_dropped_when_there_is_no_room() -> None:
    """By number and by size; invocations never wait for it."""
    few, small = Logs(), Logs()
    for logs, ship in ((few, Shipper(few, room=3)), (small, Shipper(small, room_bytes=3))):
        ship.put("g", "s", ["1", "2", "3", "4", "5"])
        await ship.close()
        assert logs.groups["g"]["s"] == ["3", "4", "5"]


async def test_calls_stay_below_cloudwatchs_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many events, and so many bytes."""
    monkeypatch.setattr(shipper, "_BATCH", 3)
    monkeypatch.setattr(shipper, "_BATCH_BYTES", 100)
    logs = Logs()
    ship = Shipper(logs)
    ship.put("g", "s", ["a"] * 4 + ["b" * 60] * 2)
    await ship.close()

    assert logs.calls == [3, 1, 1, 1]


def test_a_log_is_followed_across_pages() -> None:
    """Every event once, by time, also while the group does not exist yet."""
    logs, out, stop = Logs(), io.StringIO(), threading.Event()
    show(logs, "f", 1, follow=False, stop=stop, out=out, clock=lambda: 0)
    assert out.getvalue() == ""

    logs.groups["/aws/lambda/f"] = {"s": ["one", "two\n", "three"]}
    show(logs, "arn:aws:lambda:us-east-1:000000000000:function:f", 1, follow=False, stop=stop, out=out, clock=lambda: 0)

    assert [line.split(maxsplit=1)[1] for line in out.getvalue().splitlines()] == ["one", "two", "three"]
