"""What the tables' streams make the push function tell everybody; the @connections API is played by a small server."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

from labs.alien_attack import aws, closing, connections, register, seats, watchers
from labs.alien_attack.handlers import (
    allocate,
    connect,
    disconnect,
    ping,
    push,
    read_seats,
    scoreboard,
    start_game,
    start_session,
)
from labs.alien_attack.session import public

from .alien_attack_lab import batch, call, cleaned, closed, deployed, opened

pytestmark = pytest.mark.emulator

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TABLES = {"Marks": "AlienAttackMarks", "Seats": "AlienAttackSeats", "Session": "AlienAttackSession"}


class Room:
    """Who is connected, and what they were told."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.gone: set[str] = set()
        room, lock = self, threading.Lock()

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"]))
                connection_id = unquote(self.path.rpartition("/")[2])
                is_gone = connection_id in room.gone
                if not is_gone:
                    with lock:
                        room.told[connection_id].append(json.loads(said))
                self.send_response(410 if is_gone else 200)
                self.send_header("x-amzn-ErrorType", "GoneException")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self) -> None:
        """Nobody answers any more."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lab in an emulator."""
    with deployed(tmp_path_factory.mktemp("push")) as api_id:
        yield api_id


@pytest.fixture
def room(lab: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """An empty room, and no session."""
    assert lab
    room = Room()
    monkeypatch.setenv("LIVE_URL", f"ws://127.0.0.1:{room.server.server_port}/production")
    monkeypatch.setenv("AUDIENCE", "room")
    connections.lines.cache_clear()
    with cleaned():
        yield room
        for connection_id in connections.everybody():
            connections.remove(connection_id)
        connections.lines().close()
        room.close()


def enter(*names: str, groups: str = "Players") -> None:
    """These come in; a connection is called as who has it."""
    for name in names:
        connect.handler({"requestContext": context(name, groups)}, None)


def watch(session_id: str, *names: str) -> None:
    """These come to watch a board."""
    for name in names:
        connect.handler({"requestContext": watching(session_id, name)}, None)


def context(name: str, groups: str = "Players") -> dict[str, Any]:
    """What API Gateway says of a connection."""
    return {"connectionId": f"{name}=", "authorizer": {"username": name, "groups": groups}}


def watching(session_id: str, name: str) -> dict[str, Any]:
    """The same of one that watches a board."""
    return {"connectionId": f"{name}=", "authorizer": {"board": session_id}}


def change(table: str, key: dict[str, Any], event: str = "MODIFY", **images: Any) -> dict[str, Any]:
    """A record of a table's stream."""
    shown = {name: aws.to_item(image) for name, image in images.items()}
    return {
        "eventName": event,
        "eventSourceARN": f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/2026-11-20T10:00:00.000",
        "dynamodb": {"Keys": aws.to_item(key), "SequenceNumber": "7", **shown},
    }


def pushed(*records: dict[str, Any]) -> list[Any]:
    """Have the function take these records; what it reports as failed."""
    failed = push.handler({"Records": list(records)}, None)["batchItemFailures"]
    return list(failed)


def test_many_changes_of_a_board_are_one_message_with_the_latest_state(room: Room) -> None:
    """The first ten of all; a batch of a hundred marks is told once."""
    session_id = opened()
    gamers = [f"g{number:02}" for number in range(12)]
    for gamer in gamers:
        call(allocate.handler, gamer)
    scoreboard.handler(batch(session_id, *((g, at, {"Score": at}) for at, g in enumerate(gamers, 1))), None)
    enter("ada", "linus")

    pushed(*[change(TABLES["Marks"], {"Name": f"board/{session_id}"})] * 100)

    (told,) = room.told["ada="]
    assert room.told["linus="] == [told]
    assert (told["type"], told["sessionId"], told["total"]) == ("board", session_id, 12)
    assert [row[:2] for row in told["gamers"]] == [[f"g{n:02}", n + 1] for n in range(11, 1, -1)]


def test_who_watches_a_board_is_told_of_that_one_by_one_function_only(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deployed for the room does not tell them, nor what is for them the room: no board comes twice, or late.

    Another session's watchers are not told, and who is gone is forgotten.
    """
    session_id = opened()
    call(allocate.handler, "ada")
    enter("ada")
    watch(session_id, "wall", "console", "gone", "left")
    watch("ANOTHER", "other")
    disconnect.handler({"requestContext": watching(session_id, "left")}, None)
    room.gone = {"gone="}
    moved = change(TABLES["Marks"], {"Name": f"board/{session_id}"})

    monkeypatch.setenv("AUDIENCE", "watchers")
    pushed(moved, moved)

    assert {name: len(told) for name, told in room.told.items() if told} == {"wall=": 1, "console=": 1}
    assert [row[0] for row in room.told["wall="][0]["gamers"]] == ["ada"]
    assert set(watchers.of(session_id)) == {"wall=", "console="}
    monkeypatch.setenv("AUDIENCE", "room")
    pushed(moved)
    assert {name: len(told) for name, told in room.told.items() if told} == {"wall=": 1, "console=": 1, "ada=": 1}
    assert connections.everybody() == ["ada="]
    for name in ("wall", "console"):
        disconnect.handler({"requestContext": watching(session_id, name)}, None)
    assert watchers.of(session_id) == []


def test_a_batch_of_posts_marks_the_board_it_has_changed_and_no_other(room: Room) -> None:
    """The mark is what the stream tells; a batch of nobody's posts moves none."""
    assert room
    session_id = opened()
    call(allocate.handler, "ada")

    def mark() -> dict[str, Any]:
        answer = aws.client("dynamodb").get_item(
            TableName=TABLES["Marks"], Key=aws.to_item({"Name": f"board/{session_id}"})
        )
        return dict(answer.get("Item", {}))

    scoreboard.handler(batch(session_id, ("stranger", 1, {})), None)
    assert mark() == {}
    scoreboard.handler(batch(session_id, ("ada", 2, {})), None)
    assert mark()


def test_seats_are_told_with_their_newest_names(room: Room) -> None:
    """How many are taken, of how many, by whom; once for any number of changes."""
    session_id = opened(TotalSeats=3)
    for gamer in ("ada", "linus"):
        call(allocate.handler, gamer)
    enter("ada")

    pushed(*[change(TABLES["Seats"], {"SessionId": session_id})] * 5)

    (told,) = room.told["ada="]
    assert (told["type"], told["occupied"], told["total"], set(told["names"])) == ("seats", 2, 3, {"ada", "linus"})


def test_opening_starting_and_closing_are_told(room: Room) -> None:
    """The session each time, and once that it has closed; never the projector's code, nor what is no session."""
    session_id = opened(GameType="SINGLE_TRIAL", Synchronized=True)
    fresh = register.find(session_id) or {}
    call(start_session.handler, "boss", groups="Managers")
    started = register.find(session_id) or {}
    closed()
    over = register.find(session_id) or {}
    enter("ada")
    key = {"SessionId": session_id}

    pushed(
        change(TABLES["Session"], {"SessionId": "#open"}, NewImage={"SessionId": "#open", "OpenSession": session_id}),
        change(TABLES["Session"], key, "INSERT", NewImage={**fresh, "Kind": "session"}),
        change(TABLES["Session"], key, OldImage=fresh, NewImage=started),
        change(TABLES["Session"], key, OldImage=started, NewImage=over),
        change(TABLES["Session"], key, OldImage=over, NewImage=over),
        change(TABLES["Session"], {"SessionId": "#open"}, "REMOVE", OldImage={"SessionId": "#open"}),
    )

    told = room.told["ada="]
    assert [one["type"] for one in told] == ["session", "session", "session", "closed", "session"]
    assert [one["session"] for one in told if one["type"] == "session"] == [
        public(one) for one in (fresh, started, over, over)
    ]
    assert told[3]["sessionId"] == session_id


def test_a_closing_is_told_before_the_gate_shuts(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that pages stop posting before they would be refused; and posts on their way are let in a moment longer."""
    told_at_the_gate: list[list[str]] = []
    events = aws.client("apigateway").meta.events

    def note(**_: Any) -> None:
        told_at_the_gate.append([one["type"] for one in room.told["ada="]])

    monkeypatch.setattr(closing, "GRACE", timedelta(milliseconds=300))
    session_id = opened()
    enter("ada")
    events.register("before-call.api-gateway.UpdateStage", note)
    asked = datetime.now(UTC).isoformat(timespec="milliseconds")
    session = closed()
    events.unregister("before-call.api-gateway.UpdateStage", note)

    assert room.told["ada="] == [{"type": "closing", "sessionId": session_id}]
    assert told_at_the_gate[0] == ["closing"]
    since = datetime.fromisoformat(session["ClosingTime"]) - datetime.fromisoformat(asked)
    assert since >= timedelta(milliseconds=300)


def test_where_nobody_is_connected_a_session_closes_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be told, so nobody is waited for; nor for connections that are gone."""
    monkeypatch.setattr(closing, "GRACE", timedelta(hours=1))
    opened()
    enter("ada")
    room.gone = {"ada="}

    assert "ClosingTime" in closed()
    assert connections.everybody() == []


def test_who_is_gone_is_forgotten_and_the_others_are_told(room: Room) -> None:
    """API Gateway says 410: the row goes; two hundred connections, five of them dead."""
    opened(GameType="SINGLE_TRIAL", Synchronized=True)
    enter(*(f"g{number}" for number in range(200)))
    room.gone = {f"g{number}=" for number in range(0, 200, 40)}

    status, answer = call(start_session.handler, "boss", groups="Managers")

    assert (status, answer["sent"], answer["stale"]) == (200, 195, 5)
    assert set(connections.everybody()) == {f"g{number}=" for number in range(200)} - room.gone
    assert all([one["type"] for one in told] == ["start"] for told in room.told.values())
    assert len({json.dumps(told) for told in room.told.values()}) == 1
    assert call(read_seats.handler, "boss", groups="Managers")[1]["Connections"] == 195


def test_a_manager_starts_over_the_socket_and_hears_how_many_were_told(room: Room) -> None:
    """What the same START says over REST; without a session an error, to the caller alone."""
    enter("boss", groups="Managers")
    event = {"requestContext": context("boss", "Managers"), "body": '{"action": "start-game"}'}
    assert json.loads(start_game.handler(event, None)["body"]) == {"type": "error", "message": "No session is open"}
    opened(GameType="SINGLE_TRIAL", Synchronized=True)
    enter("ada")

    answer = json.loads(start_game.handler(event, None)["body"])

    assert (answer["type"], answer["sent"], answer["stale"]) == ("started", 2, 0)
    assert room.told["ada="][0]["startAt"] == room.told["boss="][0]["startAt"] == answer["startAt"]


def test_whoever_connects_is_told_the_session_as_soon_as_the_connection_is_open(room: Room) -> None:
    """Not open yet: reported as failed, and so tried again; gone for good: not."""
    session_id = opened()
    enter("ada", "late", "gone")
    disconnect.handler({"requestContext": context("gone")}, None)
    room.gone = {"late=", "gone="}
    came = [change("AlienAttackConnections", {"ConnectionId": f"{who}="}, "INSERT") for who in ("ada", "late", "gone")]
    left = change("AlienAttackConnections", {"ConnectionId": "gone="}, "REMOVE")

    assert pushed(*came, left) == [{"itemIdentifier": "7"}]
    assert [one["session"]["SessionId"] for one in room.told["ada="]] == [session_id]
    room.gone = {"gone="}
    assert pushed(*came[1:]) == []
    assert [one["type"] for one in room.told["late="]] == ["session"]


def test_a_ping_keeps_the_seat(room: Room) -> None:
    """Of who has one, and is answered to everybody, in a session or not."""
    assert room
    event = {"requestContext": context("ada"), "body": '{"action": "ping", "t": 12}'}
    assert json.loads(ping.handler(event, None)["body"])["t"] == 12
    session_id = opened()
    assert json.loads(ping.handler(event, None)["body"])["type"] == "pong"
    call(allocate.handler, "ada")

    def renewed() -> int:
        key = aws.to_item({"SessionId": session_id, "Nickname": "ada"})
        item = aws.client("dynamodb").get_item(TableName=aws.setting("SCOREBOARD_TABLE"), Key=key)["Item"]
        return int(aws.from_item(item)["Renewed"])

    before = renewed()
    now = json.loads(ping.handler(event, None)["body"])["now"]

    assert before <= renewed() <= now
    assert set(seats.control(session_id)["Seats"]) == {"ada"}
