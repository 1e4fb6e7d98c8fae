"""What pages are told of the fleet, and what they ask: the functions behind Wild Rydes' WebSocket API."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from labs.wild_rydes import lookout, watchers
from labs.wild_rydes.handlers import push
from labs.wild_rydes.handlers import watchers as behind
from labs.wild_rydes.lookout import Lookout
from labs.wild_rydes.sightings import LARGEST, Sightings, messages

from .records import record
from .test_wild_rydes_rules import NOON


def reading(name: str, second: int, **more: Any) -> dict[str, Any]:
    """A reading of so many seconds after noon."""
    signs = {"Distance": 29.5, "MagicPoints": 150, "HealthPoints": 140, "InputData": "free text"}
    place = {"Latitude": 40.75, "Longitude": -73.98}
    return {"Name": name, "StatusTime": f"2026-11-25 12:00:{second:02}.000", **place, **signs, **more}


class Kinesis:
    """A stream in memory: shard -> [(arrived, reading)], two records a page. refusal: what it raises."""

    def __init__(self, shards: dict[str, list[tuple[float, Any]]]) -> None:
        self.shards = shards
        self.reads = 0
        self.refusal: Exception | None = None

    def get_paginator(self, operation: str) -> "Kinesis":
        assert operation == "list_shards"
        return self

    def paginate(self, StreamName: str) -> list[dict[str, Any]]:
        if self.refusal:
            raise self.refusal
        assert StreamName == "wildrydes"
        return [{"Shards": [{"ShardId": name}]} for name in self.shards]

    def get_shard_iterator(self, ShardId: str, Timestamp: float, **_: Any) -> dict[str, str]:
        old = sum(arrived < Timestamp for arrived, _ in self.shards[ShardId])
        return {"ShardIterator": f"{ShardId} {old}"}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        self.reads += 1
        name, at = ShardIterator.split()
        records, end = self.shards[name], int(at) + 2
        told = [
            {
                "Data": data if isinstance(data, bytes) else json.dumps(data).encode(),
                "ApproximateArrivalTimestamp": datetime.fromtimestamp(arrived, UTC),
            }
            for arrived, data in records[int(at) : end]
        ]
        more = max(0, len(records) - end)
        following = {} if name.startswith("closed") and not more else {"NextShardIterator": f"{name} {end}"}
        return {"Records": told, "MillisBehindLatest": 1000 * more, **following}


@pytest.fixture
def kinesis(monkeypatch: pytest.MonkeyPatch) -> Kinesis:
    """A stream of two shards, one of them split meanwhile, and the functions led to it."""
    stream = Kinesis(
        {
            "closed-0": [(NOON - 40, reading("Gone", 1)), (NOON - 20, reading("Shadowfax", 2))],
            "open-1": [(NOON - 5 + n, reading("Shadowfax", 5 + n)) for n in range(5)]
            + [(NOON - 1, b"no json"), (NOON - 1, b"[1]"), (NOON - 1, {"Name": "Timeless"})],
        }
    )
    monkeypatch.setattr(lookout, "client", lambda _: stream)
    monkeypatch.setenv("STREAM_NAME", "wildrydes")
    behind.lookout.cache_clear()
    return stream


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Who is connected, and what they were told."""
    heard: dict[str, list[str]] = {"c1": [], "c2": []}
    monkeypatch.setattr(watchers, "everybody", lambda: list(heard))

    def tell(connection_ids: list[str], said: list[str]) -> None:
        for one in connection_ids:
            heard[one].extend(said)

    monkeypatch.setattr(watchers, "tell", tell)
    return heard


def asks(route: str, body: Any = None) -> dict[str, Any]:
    """What the function behind the API answers."""
    text = body if isinstance(body, str | None) else json.dumps(body)
    return behind.handler({"requestContext": {"connectionId": "c1", "routeKey": route}, "body": text}, None)


def test_the_newest_reading_of_each_unicorn_is_told_with_its_age() -> None:
    """What no page shows stays away; a reading that came late changes nothing but proves that somebody is there."""
    seen = Sightings()
    seen.add(reading("Shadowfax", 2), NOON - 3)
    seen.add(reading("Shadowfax", 1), NOON - 1)
    seen.add(reading("Rocinante", 1), NOON + 5)
    seen.add({"Name": 5, "StatusTime": "x"}, NOON)

    first, second = seen.told(NOON)

    assert (first["Name"], first["StatusTime"], first["Age"]) == ("Shadowfax", "2026-11-25 12:00:02.000", 1000)
    assert "InputData" not in first
    assert (second["Name"], second["Age"]) == ("Rocinante", 0)


@pytest.mark.parametrize("count", [0, 1, 500])
def test_messages_are_small_enough_and_the_last_one_says_so(count: int) -> None:
    """All readings once, in pieces that API Gateway sends whole; names are text of any kind, numbers stay numbers."""
    sightings = [{**reading(f"Ñandú-{number}", 1), "Distance": Decimal("29.51")} for number in range(count)]
    told = list(messages(sightings, answer=7))
    read = [json.loads(one) for one in told]

    assert max(len(one.encode()) for one in told) < LARGEST + 1000
    assert [one for message in read for one in message["readings"]] == [{**one, "Distance": 29.51} for one in sightings]
    assert [message.get("answer") for message in read] == [None] * (len(read) - 1) + [7]
    assert {message["type"] for message in read} == {"readings"}
    assert (len(read) > 1) is (count == 500)


def test_a_look_finds_who_was_seen_in_half_a_minute_in_all_shards(kinesis: Kinesis) -> None:
    """Page by page, also of a shard that was split; rubbish does no harm."""
    (seen,) = Lookout("wildrydes").look(NOON).told(NOON)

    assert (seen["Name"], seen["StatusTime"], seen["Age"]) == ("Shadowfax", "2026-11-25 12:00:09.000", 1000)


def test_many_who_ask_at_once_cost_one_look(kinesis: Kinesis) -> None:
    """A second later it is looked again."""
    where = Lookout("wildrydes")
    where.look(NOON)
    once = kinesis.reads
    where.look(NOON + 0.9)

    assert kinesis.reads == once
    where.look(NOON + 1.1)
    assert kinesis.reads == 2 * once


def test_who_asks_for_the_fleet_hears_the_rest_of_it_as_the_answer(
    kinesis: Kinesis, told: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces before the last are sent; the last one is answered, and holds what the question said."""
    monkeypatch.setattr(time, "time", lambda: NOON)
    kinesis.shards["open-1"] = [(NOON - 1, reading(f"Unicorn-{number}", 1)) for number in range(300)]

    answer = asks("fleet", {"action": "fleet", "t": 5})

    last = json.loads(answer["body"])
    pieces = [*map(json.loads, told["c1"]), last]
    assert (answer["statusCode"], last["answer"]) == (200, 5)
    assert len(pieces) > 1
    assert sum(len(piece["readings"]) for piece in pieces) == 301
    assert told["c2"] == []


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no stream"}}, "ListShards"),
            ("ResourceNotFoundException", "no stream"),
        ),
        (EndpointConnectionError(endpoint_url="http://secret"), ("Unreachable", "")),
    ],
)
def test_a_stream_that_does_not_answer_is_told_of(kinesis: Kinesis, refusal: Exception, said: tuple[str, str]) -> None:
    """By the service's own error, to whom asked; an address is nobody's business."""
    kinesis.refusal = refusal
    told = json.loads(asks("fleet", {"t": 5})["body"])

    assert (told["type"], told["answer"], told["error"], told["message"]) == ("error", 5, *said)


@pytest.mark.parametrize("body", [None, "", "{", "[]", "5", "[" * 100_000, {"t": 5}])
def test_a_ping_is_answered_whatever_it_says(body: Any) -> None:
    """The page's own time comes back as it was."""
    pong = json.loads(asks("ping", body)["body"])

    assert (pong["type"], pong["t"]) == ("pong", 5 if isinstance(body, dict) else None)


def test_what_no_route_is_for_is_said_so() -> None:
    """The actions that there are stand in it."""
    assert "fleet, ping" in json.loads(asks("$default", "{}")["body"])["message"]


def test_who_comes_and_goes_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item per connection, until it goes, or after two hours by itself."""
    table: dict[tuple[str, str], str] = {}

    class Table:
        def put_item(self, TableName: str, Item: dict[str, Any]) -> None:
            table[TableName, Item["ConnectionId"]["S"]] = Item["ExpiresAt"]["N"]

        def delete_item(self, TableName: str, Key: dict[str, Any]) -> None:
            table.pop((TableName, Key["ConnectionId"]["S"]), None)

    monkeypatch.setenv("WATCHERS_TABLE", "W")
    monkeypatch.setattr(watchers, "client", lambda _: Table())
    monkeypatch.setattr(time, "time", lambda: NOON)
    asks("$connect")

    assert table == {("W", "c1"): str(int(NOON) + 7200)}
    asks("$disconnect")
    asks("$disconnect")
    assert table == {}


def test_everybody_is_told_once_a_batch(told: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest reading of each unicorn; what is no reading does no harm."""
    monkeypatch.setattr(time, "time", lambda: NOON)
    batch = [record("x", number, reading("Shadowfax", number), arrived=NOON - 9 + number) for number in range(1, 9)]

    push.handler({"Records": [record("x", 0, b"rubbish"), *batch]}, None)

    (message,) = told["c1"]
    (seen,) = json.loads(message)["readings"]
    assert told["c1"] == told["c2"]
    assert (seen["StatusTime"], seen["Age"]) == ("2026-11-25 12:00:08.000", 1000)


def test_nobody_is_told_what_is_no_reading(told: dict[str, list[str]]) -> None:
    """No message at all."""
    push.handler({"Records": [record("x", 0, b"rubbish")]}, None)

    assert told == {"c1": [], "c2": []}


def test_a_page_that_is_gone_is_forgotten_and_one_that_fails_stands_in_nobodys_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """410 removes it; another error is logged; the rest hears all."""
    heard: list[tuple[str, bytes]] = []
    removed: list[str] = []

    class Gone(Exception):
        pass

    class Management:
        class exceptions:
            GoneException = Gone

        def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:
            if ConnectionId == "gone":
                raise Gone
            if ConnectionId == "slow":
                raise ClientError({"Error": {"Code": "LimitExceededException"}}, "PostToConnection")
            heard.append((ConnectionId, Data))

    monkeypatch.setattr(watchers, "_management", Management)
    monkeypatch.setattr(watchers, "remove", removed.append)

    assert watchers.tell(["gone", "slow", "well"], ["a", "b"]) == 1
    assert heard == [("well", b"a"), ("well", b"b")]
    assert removed == ["gone"]
