"""The path: a gamer's post comes out on the scoreboard."""

import json

import pytest

from cloud.wait import until
from tests.e2e.callers import Caller, People, Sessions

pytestmark = pytest.mark.stack
SOON = 60  # seconds

NAMES = {
    "emoji": "🛸👩‍🚀🇫🇷",
    "right to left": "نور-שירה",
    "combining": "Noe\u0308l-ก็็",
    "quotes and markup": "<b>O'Hara\"&amp;\\n</b>",
    "template language": "$input.body#set($x=1)${y}",
}


def row_of(manager: Caller, session_id: str, gamer: Caller, score: int) -> dict[str, object]:
    """The gamer's row once it shows this score."""

    def there() -> dict[str, object] | None:
        row = manager.gamers(session_id).get(gamer.who)
        return row if row and row["Score"] == score else None

    row = until(there, SOON, what=f"{gamer.who} to stand on the board with {score}")
    assert row
    return row


def test_a_post_comes_out_on_the_board(people: People, manager: Caller, session_id: str) -> None:
    """Allocate, post, read: the scoreboard shows the figures that were posted, and only those."""
    gamer = people.gamer()
    seat = gamer.allocate()
    post = gamer.post_status(session_id, Score=45, Lives=2, Shots=12, Level=1)

    assert (seat.status_code, post.status_code) == (200, 200)
    assert set(post.json()) >= {"SequenceNumber", "ShardId"}
    row_of(manager, session_id, gamer, 45)
    shown = {"Nickname": gamer.who, "Score": 45, "Lives": 2, "Shots": 12, "Level": 1}
    assert until(lambda: gamer.board(session_id) == [shown], SOON)


def test_a_gamer_with_a_seat_is_on_the_board_before_the_first_post(
    people: People, manager: Caller, session_id: str
) -> None:
    """Allocate alone gives a row of zeros."""
    gamer = people.gamer()
    gamer.allocate()

    row = row_of(manager, session_id, gamer, 0)
    assert (row["Lives"], row["Shots"], row["Level"]) == (3, 0, 1)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_nickname_is_any_text(people: People, manager: Caller, session_id: str, name: str) -> None:
    """Whatever a nickname holds, it signs up, takes a seat and comes out on the board as it went in."""
    gamer = people.gamer(name)
    answers = gamer.allocate(), gamer.post_status(session_id, Score=10)

    assert [answer.status_code for answer in answers] == [200, 200]
    row_of(manager, session_id, gamer, 10)
    assert until(lambda: [row["Nickname"] for row in gamer.board(session_id)] == [gamer.who], SOON)


def test_gamers_see_which_session_is_open(people: People, sessions: Sessions) -> None:
    """GET session is a JSON string that holds JSON: the session while it is open, with ClosingTime after."""
    gamer = people.gamer()
    session_id = sessions.open(GameType="SINGLE_TRIAL")

    def told() -> dict[str, object]:
        told = json.loads(gamer.call("GET", "session").json())
        assert isinstance(told, dict)
        return told

    until(lambda: told()["SessionId"] == session_id, SOON, what="the session to be announced")
    assert told()["GameType"] == "SINGLE_TRIAL"
    assert "ClosingTime" not in told()
    sessions.close()
    assert until(lambda: told()["SessionId"] == session_id and "ClosingTime" in told(), SOON)


def test_a_second_session_cannot_be_opened_beside_the_first(people: People, manager: Caller, session_id: str) -> None:
    """409, and the first one goes on."""
    second = manager.call("POST", "manager/session", {"SessionName": "second-"})
    gamer = people.gamer()

    assert second.status_code == 409
    assert second.json()["errorCode"] == "SessionAlreadyOpen"
    assert gamer.allocate().status_code == 200
    assert gamer.post_status(session_id).status_code == 200


def test_the_board_is_ordered(people: People, manager: Caller, session_id: str) -> None:
    """Score descending, then lives descending, then shots ascending."""
    games = [(10, 3, 9), (20, 1, 9), (10, 3, 4), (10, 2, 4)]
    gamers = []
    for score, lives, shots in games:
        gamer = people.gamer()
        gamer.allocate()
        gamer.post_status(session_id, Score=score, Lives=lives, Shots=shots)
        gamers.append(gamer)
    for gamer, (score, _, _) in zip(gamers, games, strict=True):
        row_of(manager, session_id, gamer, score)
    right = [gamers[index].who for index in (1, 2, 0, 3)]

    assert until(lambda: [row["Nickname"] for row in gamers[0].board(session_id)] == right, SOON)


def test_what_a_page_asks_before_it_calls_is_answered(people: People) -> None:
    """OPTIONS needs no token and allows pages everywhere; errors carry the header too, or pages could not read them."""
    asked = people.nobody.call("OPTIONS", "updatestatus")
    refused = people.nobody.call("GET", "scoreboard")

    assert asked.status_code == 200
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
