"""Seats: as many as there are, to as many gamers, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.callers import Caller, People, Sessions

pytestmark = pytest.mark.stack
SEATS, ASKING = 7, 20


def test_exactly_as_many_seats_are_given_as_there_are(people: People, manager: Caller, sessions: Sessions) -> None:
    """Twenty ask at once for seven seats: seven get one, the others NoSeatsAvailable; asking again changes nothing."""
    with ThreadPoolExecutor(ASKING) as threads:
        gamers = list(threads.map(people.gamer, ["seat"] * ASKING))
        session_id = sessions.open(TotalSeats=SEATS)
        first = list(threads.map(Caller.allocate, gamers))
        again = list(threads.map(Caller.allocate, gamers))
    full = [answer for answer in first if answer.status_code != 200]
    seated = {gamer.who for gamer, answer in zip(gamers, first, strict=True) if answer.status_code == 200}

    assert len(seated) == SEATS
    assert {(answer.status_code, answer.json()["errorCode"]) for answer in full} == {(422, "NoSeatsAvailable")}
    assert [answer.status_code for answer in again] == [answer.status_code for answer in first]
    assert set(manager.gamers(session_id)) == seated


def test_a_seat_that_is_left_goes_to_another(people: People, sessions: Sessions) -> None:
    """With one seat: taken, refused to the second, left, taken by the second; leaving twice is harmless."""
    first, second = people.gamer(), people.gamer()
    sessions.open(TotalSeats=1)

    def said(answer: httpx.Response) -> int:
        return answer.status_code

    assert [said(first.allocate()), said(second.allocate())] == [200, 422]
    assert said(first.call("POST", "deallocate", {})) == 200
    assert said(first.call("POST", "deallocate", {})) == 200
    assert [said(second.allocate()), said(first.allocate())] == [200, 422]


def test_who_has_finished_a_single_trial_does_not_play_again(people: People, sessions: Sessions) -> None:
    """Leaving counts as having played: 422 GamerCannotPlay; in another session the gamer is welcome."""
    gamer = people.gamer()
    sessions.open(GameType="SINGLE_TRIAL")
    gamer.allocate()
    gamer.call("POST", "deallocate", {})
    again = gamer.allocate()
    sessions.open(GameType="SINGLE_TRIAL")

    assert (again.status_code, again.json()["errorCode"]) == (422, "GamerCannotPlay")
    assert gamer.allocate().status_code == 200
