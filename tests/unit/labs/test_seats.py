"""Seats: why somebody has none, and what everybody is told of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from labs.alien_attack import news
from labs.alien_attack.answers import Refused
from labs.alien_attack.seats import judge, new_control, removal

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
OPEN: dict[str, Any] = {
    "SessionId": "S",
    "OpeningTime": "x",
    "GameType": "MULTIPLE_TRIALS",
    "TotalSeats": 1,
    "Seats": {},
}


def refusal(session: dict[str, Any]) -> tuple[int, str]:
    """Status and code of what ada is told."""
    with pytest.raises(Refused) as refused:
        judge(session, "ada", NOW)
    return refused.value.status, refused.value.body["errorCode"]


def test_who_plays_already_is_not_refused() -> None:
    """Also when all seats are taken, and when the gamer has finished before."""
    judge(OPEN | {"Seats": {"ada": 5}}, "ada", NOW)
    judge(OPEN | {"Seats": {"ada": 5}, "FinishedGamers": {"ada"}, "GameType": "SINGLE_TRIAL"}, "ada", NOW)


def test_a_session_that_is_closed_or_unknown_or_over_has_no_seats() -> None:
    """422 SessionNotOpen, also for who plays in it."""
    assert refusal({}) == (422, "SessionNotOpen")
    assert refusal(OPEN | {"ClosingTime": "y", "Seats": {"ada": 5}}) == (422, "SessionNotOpen")
    assert refusal(OPEN | {"Deadline": 1, "Seats": {"ada": 5}}) == (422, "SessionNotOpen")


@pytest.mark.parametrize("game_type", ["SINGLE_TRIAL", "TIME_CONSTRAINED"])
def test_who_has_finished_the_only_trial_cannot_play(game_type: str) -> None:
    """422 GamerCannotPlay, whether or not seats are free."""
    assert refusal(OPEN | {"GameType": game_type, "FinishedGamers": {"ada"}}) == (422, "GamerCannotPlay")


def test_when_all_seats_are_taken_there_are_none() -> None:
    """422 NoSeatsAvailable, also for who has finished but might play again."""
    assert refusal(OPEN | {"Seats": {"linus": 5}, "FinishedGamers": {"ada"}}) == (422, "NoSeatsAvailable")


def test_seats_know_of_their_session_what_giving_one_depends_on() -> None:
    """Its type, its size, its end, whether all start together; they begin with nobody."""
    session = {"SessionId": "S", "OpeningTime": "x", "GameType": "TIME_CONSTRAINED", "TotalSeats": 3, "Deadline": 9}
    session["Synchronized"] = True

    assert new_control({**session, "BoardCode": "ABCDEFGH", "Seed": 1}) == {**session, "Seats": {}}


def test_a_seat_is_taken_away_from_whoever_took_it_then_and_from_nobody_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment it was taken is part of the condition; only where one trial is allowed, that was it."""
    monkeypatch.setenv("SEATS_TABLE", "Seats")
    many, one = (removal(OPEN | {"GameType": kind}, {"ada": 5}) for kind in ("MULTIPLE_TRIALS", "SINGLE_TRIAL"))

    assert many["ConditionExpression"] == "Seats.#g0 = :s0"
    assert many["ExpressionAttributeNames"] == {"#g0": "ada"}
    assert many["UpdateExpression"] == "REMOVE Seats.#g0"
    assert one["UpdateExpression"] == "REMOVE Seats.#g0 ADD FinishedGamers :gamers"


def test_a_trial_in_which_all_start_together_has_not_begun_before_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves the lobby may come again; who leaves once the start is known may not."""
    monkeypatch.setenv("SEATS_TABLE", "Seats")
    lobby = OPEN | {"GameType": "SINGLE_TRIAL", "Synchronized": True}
    before, after = (removal(session, {"ada": None}) for session in (lobby, lobby | {"StartAt": 5}))

    assert before["UpdateExpression"] == "REMOVE Seats.#g0"
    assert after["UpdateExpression"] == "REMOVE Seats.#g0 ADD FinishedGamers :gamers"


def test_everybody_is_told_how_many_seats_are_taken_and_by_whom_lately() -> None:
    """Sixty names, the newest first; all of them are counted."""
    seats = {f"g{number:03}": number for number in range(100)}
    told = news.taken(OPEN | {"TotalSeats": 200, "Seats": seats})

    assert (told["occupied"], told["total"], len(told["names"])) == (100, 200, 60)
    assert told["names"][:2] == ["g099", "g098"]
