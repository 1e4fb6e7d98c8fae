"""What goes over the WebSocket: messages, and who may say what."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from labs.alien_attack import live, news
from labs.alien_attack.handlers import start_game, unknown_action

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
MS = 1_795_168_800_000
SESSION = {"SessionId": "S", "StartAt": 5, "Seed": 7, "BoardCode": "ABCDEFGH", "TotalSeats": 2}


def event(body: Any = None, groups: str = "Players") -> dict[str, Any]:
    """A message as API Gateway hands it to a function."""
    context = {"connectionId": "c1", "authorizer": {"username": "ada", "groups": groups}}
    return {"requestContext": context, "body": body if isinstance(body, str | None) else json.dumps(body)}


def test_a_start_says_when_with_which_seed_and_until_when() -> None:
    """A session without a deadline says null."""
    told = {"type": "start", "sessionId": "S", "startAt": 5, "seed": 7}

    assert news.start(SESSION) == told | {"deadline": None}
    assert news.start(SESSION | {"Deadline": 9}) == told | {"deadline": 9}


def test_a_session_is_told_without_the_projectors_code() -> None:
    """As GET session tells it; none: null."""
    assert news.session(None) == {"type": "session", "session": None}
    assert "BoardCode" not in news.session(SESSION)["session"]


def test_a_board_is_told_in_rows_of_six() -> None:
    """Nickname, Score, Lives, Shots, Level, Finished."""
    row = {"Nickname": "ada", "Score": 5, "Lives": 3, "Shots": 2, "Level": 1, "Rank": "x"}

    assert news.board("S", [row, row | {"Finished": True}], 9, NOW) == {
        "type": "board",
        "sessionId": "S",
        "gamers": [["ada", 5, 3, 2, 1, False], ["ada", 5, 3, 2, 1, True]],
        "total": 9,
        "now": MS,
    }


@pytest.mark.parametrize("body", [None, "", "{", "[]", "5", "[" * 100_000, '{"t": 5}'])
def test_a_ping_is_answered_whatever_it_says(body: str | None) -> None:
    """The client's own time comes back as it was; null where there was none."""
    pong = news.pong(live.body(event(body)), NOW)

    assert pong == {"type": "pong", "t": 5 if body == '{"t": 5}' else None, "now": MS}


@pytest.mark.parametrize("groups", ["", "Players", "managers", "NotManagers", "Players,Managersx"])
def test_only_a_manager_can_start(groups: str) -> None:
    """The others are told so, and nothing is looked up: the groups stand in what the authorizer let pass."""
    answer = start_game.handler(event({"action": "start-game", "groups": "Managers"}, groups), None)

    assert json.loads(answer["body"]) == {"type": "error", "message": "Only a manager can start"}
    assert live.caller(event(groups="Players,Managers")).is_manager


def test_what_no_route_is_for_is_answered() -> None:
    """With an error that names what there is."""
    assert json.loads(unknown_action.handler(event({"action": "dance"}), None)["body"])["type"] == "error"
