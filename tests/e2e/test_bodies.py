"""Bad bodies get a clear 4xx, and nothing is written."""

import json
from typing import Any

import httpx
import pytest

from tests.e2e.callers import Caller, People, Sessions, status
from tests.e2e.written import Written

pytestmark = pytest.mark.stack

WRONG: dict[str, dict[str, Any]] = {
    **{f"without {name}": {name: None} for name in ("Timestamp", "SessionId", "Lives", "Score", "Shots", "Level")},
    "a score that is text": {"Score": "5"},
    "a score that is true": {"Score": True},
    "a score with a fraction": {"Score": 1.5},
    "a score that is a list": {"Score": [5]},
    "a negative score": {"Score": -5},
    "negative shots": {"Shots": -1},
    "ten lives": {"Lives": 10},
    "level zero": {"Level": 0},
    "a score beyond all": {"Score": 10**400},
    "a field too many": {"Rank": 1},
    "a moment that is none": {"Timestamp": "yesterday"},
    "a session's name with a blank": {"SessionId": "a b"},
    "no session's name": {"SessionId": ""},
    "what the gate holds while it is shut": {"SessionId": "none"},
}
NOT_JSON = {
    "nothing": b"",
    "text": b"hello",
    "half an object": b'{"Score": 5',
    "a list": b"[]",
    "null": b"null",
    "a number": b"5",
    "not a number": b'{"Score": NaN}',
    "not UTF-8": b'{"Score": "\xff\xfe"}',
    "a hundred thousand brackets": b"[" * 100_000,
}


@pytest.fixture(scope="module")
def token(stack: object) -> list[str]:
    """Where the module keeps its gamer: a sign-up for each body would take longer than the bodies."""
    assert stack
    return []


@pytest.fixture
def gamer(people: People, session_id: str, token: list[str]) -> Caller:
    """A gamer with a seat in the open session."""
    if not token:
        fresh = people.gamer()
        token.extend((fresh.who, fresh.token))
    gamer = Caller(people.base, *token)
    assert gamer.allocate().status_code == 200
    return gamer


def clear(answer: httpx.Response) -> bool:
    """Whether the body says what is wrong, as JSON with a message."""
    body = answer.json()
    return bool(body.get("message") or body.get("errorMessage"))


def test_wrong_statuses_are_refused(gamer: Caller, session_id: str, written: Written) -> None:
    """Missing, wrongly typed, out of range, too many fields: 400 Invalid request body for each, nothing written."""
    answers = {name: gamer.post_status(session_id, **wrong) for name, wrong in WRONG.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(WRONG, 400)
    assert all(answer.json() == {"message": "Invalid request body"} for answer in answers.values())
    assert written.records() == 0


def test_bodies_that_are_no_object_are_refused(gamer: Caller, written: Written) -> None:
    """Whatever the bytes: 400 with a message, nothing written, and the next good post is taken."""
    answers = {name: gamer.call("POST", "updatestatus", content=body) for name, body in NOT_JSON.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(NOT_JSON, 400)
    assert all(clear(answer) for answer in answers.values())
    assert written.records() == 0


@pytest.mark.parametrize("size", [1_000_000, 11_000_000], ids=["1 MB", "11 MB"])
def test_a_body_of_a_megabyte_is_refused(gamer: Caller, session_id: str, written: Written, size: int) -> None:
    """4xx whether the size hides in a field that is allowed or goes beyond what API Gateway takes at all."""
    answer = gamer.post_status(session_id, Nickname="x" * size)

    assert answer.status_code in {400, 413}
    assert written.records() == 0
    assert gamer.post_status(session_id).status_code == 200


def test_a_body_of_another_type_is_refused(gamer: Caller, session_id: str, written: Written) -> None:
    """A form is not JSON: 415."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = gamer.call("POST", "updatestatus", status(session_id), headers=form)

    assert answer.status_code == 415
    assert written.records() == 0


@pytest.mark.parametrize("unknown", ["somewhere", "x" * 80, "$openSession", "..", "null"])
def test_an_unknown_session_is_refused(gamer: Caller, session_id: str, written: Written, unknown: str) -> None:
    """A session that is not the open one: 422 SessionNotOpen, or 400 when it cannot be a session's name at all."""
    answer = gamer.post_status(unknown)

    assert unknown != session_id
    assert answer.status_code in ({400} if unknown.startswith("$") else {422})
    assert clear(answer)
    assert written.records() == 0


def test_a_closed_session_is_refused(gamer: Caller, sessions: Sessions, session_id: str, written: Written) -> None:
    """From the answer to the closing on: posts and seats get 422, nothing is written."""
    sessions.close()
    post, seat = gamer.post_status(session_id), gamer.allocate()

    assert (post.status_code, seat.status_code) == (422, 422)
    assert post.json()["errorCode"] == "SessionNotOpen"
    assert clear(post)
    assert clear(seat)
    assert written.records() == 0


def test_wrong_wishes_for_a_session_are_refused(manager: Caller, sessions: Sessions) -> None:
    """No seats, a type that is none, a name that no stage variable can hold: 400, and no session is open."""
    sessions.close()
    wishes: list[Any] = [
        {"TotalSeats": 0},
        {"TotalSeats": 1001},
        {"TotalSeats": "many"},
        {"GameType": "CHESS"},
        {"SessionName": "a b"},
        {"SessionName": "x" * 68},
        {"Seats": 5},
        [],
    ]
    answers = [manager.call("POST", "manager/session", wish) for wish in wishes]

    assert [answer.status_code for answer in answers] == [400] * len(wishes)
    assert manager.call("DELETE", "manager/session").status_code == 409


def test_unknown_routes_and_verbs_are_refused(gamer: Caller, people: People) -> None:
    """403 Missing Authentication Token, as API Gateway says it for what it does not know."""
    answers = [
        gamer.call("GET", "nothing"),
        gamer.call("PUT", "updatestatus", {}),
        gamer.call("GET", "../v1/../../etc/passwd"),
        people.nobody.call("POST", "config", {}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert json.loads(answers[0].text) == {"message": "Missing Authentication Token"}


def test_a_scoreboard_needs_to_know_of_which_session(gamer: Caller) -> None:
    """Without sessionId: 400 naming it; of a session that never was: an empty board."""
    missing = gamer.call("GET", "scoreboard")

    assert missing.status_code == 400
    assert missing.json() == {"message": "Missing required request parameters: [sessionId]"}
    assert gamer.board("never") == []
