"""Seats: why somebody has none."""

from typing import Any

import pytest

from labs.alien_attack.answers import Refused
from labs.alien_attack.seats import judge, public

OPEN: dict[str, Any] = {"SessionId": "S", "OpeningTime": "x", "GameType": "MULTIPLE_TRIALS", "TotalSeats": 1}


def refusal(session: dict[str, Any]) -> tuple[int, str]:
    """Status and code of what ada is told."""
    with pytest.raises(Refused) as refused:
        judge(session, "ada")
    return refused.value.status, refused.value.body["errorCode"]


def test_who_plays_already_is_not_refused() -> None:
    """Also when all seats are taken, and when the gamer has finished before."""
    judge(OPEN | {"PlayingGamers": {"ada"}}, "ada")
    judge(OPEN | {"PlayingGamers": {"ada"}, "FinishedGamers": {"ada"}, "GameType": "SINGLE_TRIAL"}, "ada")


def test_a_session_that_is_closed_or_unknown_has_no_seats() -> None:
    """422 SessionNotOpen, also for who plays in it."""
    assert refusal({}) == (422, "SessionNotOpen")
    assert refusal(OPEN | {"ClosingTime": "y", "PlayingGamers": {"ada"}}) == (422, "SessionNotOpen")


@pytest.mark.parametrize("game_type", ["SINGLE_TRIAL", "TIME_CONSTRAINED"])
def test_who_has_finished_the_only_trial_cannot_play(game_type: str) -> None:
    """422 GamerCannotPlay, whether or not seats are free."""
    assert refusal(OPEN | {"GameType": game_type, "FinishedGamers": {"ada"}}) == (422, "GamerCannotPlay")


def test_when_all_seats_are_taken_there_are_none() -> None:
    """422 NoSeatsAvailable, also for who has finished but might play again."""
    assert refusal(OPEN | {"PlayingGamers": {"linus"}, "FinishedGamers": {"ada"}}) == (422, "NoSeatsAvailable")


def test_the_world_does_not_see_who_plays() -> None:
    """A session's public part has no gamers in it."""
    assert public(OPEN | {"PlayingGamers": {"ada"}, "FinishedGamers": {"linus"}}) == OPEN
