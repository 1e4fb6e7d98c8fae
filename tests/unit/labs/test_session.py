"""Sessions: what may be asked for, names, when one is open."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from labs.alien_attack import session
from labs.alien_attack.answers import Refused

MOMENT = datetime(2020, 1, 21, 16, 52, 13, 42_000, tzinfo=UTC)
NOW = 1_579_625_533_042  # the same in ms
CHANCE = session.Chance(7, "ABCD2345")
MINUTE = 60_000  # ms


def timed(*, synchronized: bool) -> dict[str, Any]:
    """A session of five minutes that opens at that moment."""
    wanted = session.Request(game_type="TIME_CONSTRAINED", synchronized=synchronized, timeout_in_minutes=5)
    return session.opened(wanted, "S", MOMENT, CHANCE)


def test_a_session_without_a_name_is_called_after_its_second() -> None:
    """In UTC, whatever zone the clock is in."""
    assert session.session_id("", MOMENT) == "2020-01-21T16:52:13"
    assert session.session_id("", MOMENT.astimezone(timezone(timedelta(hours=9)))) == "2020-01-21T16:52:13"


def test_a_session_with_a_name_carries_it_before_the_second() -> None:
    """The example of the workshop."""
    assert session.session_id("TEST", MOMENT) == "TEST200121T165213"


def test_every_name_that_may_be_asked_for_makes_an_id_that_posts_may_name() -> None:
    """The longest name with its time has 80 characters, all of which a stage variable may hold."""
    longest = session.request(json.dumps({"SessionName": "Az09:_.-" + "x" * (session.MAX_NAME - 8)})).name

    assert re.fullmatch(r"[A-Za-z0-9:_.-]{1,80}", session.session_id(longest, MOMENT))


@pytest.mark.parametrize("body", [None, "", "{}"])
def test_a_manager_may_ask_for_nothing_special(body: str | None) -> None:
    """200 seats, as many trials as one likes."""
    assert session.request(body) == session.Request()
    assert session.opened(session.request(body), "S", MOMENT, CHANCE) == {
        "SessionId": "S",
        "GameType": "MULTIPLE_TRIALS",
        "OpeningTime": "2020-01-21T16:52:13.042Z",
        "TotalSeats": 200,
        "Seed": 7,
        "BoardCode": "ABCD2345",
    }


def test_only_the_game_types_that_use_them_carry_synchronized_and_timeout() -> None:
    """Multiple trials have neither; a single trial may be synchronized; a timed one has minutes besides."""
    asked = {"Synchronized": True, "TimeoutInMinutes": 7}

    def extras(game_type: str) -> set[str]:
        wanted = session.request(json.dumps(asked | {"GameType": game_type}))
        return set(session.opened(wanted, "S", MOMENT, CHANCE)) & set(asked)

    assert extras("MULTIPLE_TRIALS") == set()
    assert extras("SINGLE_TRIAL") == {"Synchronized"}
    assert extras("TIME_CONSTRAINED") == {"Synchronized", "TimeoutInMinutes"}


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"SessionName": "a b"}, "SessionName"),
        ({"SessionName": 5}, "SessionName"),
        ({"SessionName": "x" * 68}, "SessionName"),
        ({"GameType": "CHESS"}, "GameType"),
        ({"TotalSeats": 0}, "TotalSeats"),
        ({"TotalSeats": 1001}, "TotalSeats"),
        ({"TotalSeats": True}, "TotalSeats"),
        ({"Synchronized": "yes"}, "Synchronized"),
        ({"TimeoutInMinutes": 31}, "TimeoutInMinutes"),
    ],
)
def test_a_wrong_wish_is_refused_and_names_what_is_wrong(asked: dict[str, Any], wrong: str) -> None:
    """400 with the rule that was broken."""
    with pytest.raises(Refused, match=wrong) as refused:
        session.request(json.dumps(asked))
    assert refused.value.status == 400


@pytest.mark.parametrize("body", ["{", "[]", "null", "5", pytest.param("[" * 100_000, id="nested too deeply")])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    """400, never another error."""
    with pytest.raises(Refused, match="JSON object"):
        session.request(body)


def test_a_session_is_open_from_its_opening_to_its_closing() -> None:
    """No session, and one without an opening time, are not open."""
    opened = {"SessionId": "S", "OpeningTime": "x"}

    assert session.is_open(opened, MOMENT)
    assert not session.is_open({**opened, "ClosingTime": "y"}, MOMENT)
    assert not session.is_open(None, MOMENT)
    assert not session.is_open({}, MOMENT)


def test_a_timed_session_ends_after_its_minutes_whether_or_not_anybody_closes_it() -> None:
    """Seats are given until the deadline; the last posts have two seconds more, then it is overdue."""
    opened = timed(synchronized=False)
    assert opened["Deadline"] == NOW + 5 * MINUTE
    assert session.closes_at(opened) == NOW + 5 * MINUTE + 2000

    just_before, at_the_end = MOMENT + timedelta(minutes=5, milliseconds=-1), MOMENT + timedelta(minutes=5)
    assert session.is_open(opened, just_before)
    assert not session.is_open(opened, at_the_end)
    assert not session.overdue(opened, at_the_end + timedelta(milliseconds=1999))
    assert session.overdue(opened, at_the_end + timedelta(seconds=2))


def test_a_timed_session_of_all_together_ends_its_minutes_after_their_start() -> None:
    """Before a manager's START it has no deadline; the start is three seconds after, for all the same."""
    opened = timed(synchronized=True)
    assert "Deadline" not in opened
    assert session.closes_at(opened) is None
    assert not session.overdue(opened, MOMENT + timedelta(days=1))

    start = session.started(opened, MOMENT, session.Chance(8, ""))
    assert start == {
        "SynchronizeTime": "2020-01-21T16:52:13.042Z",
        "StartAt": NOW + 3000,
        "Seed": 8,
        "Deadline": NOW + 3000 + 5 * MINUTE,
    }
    assert "Deadline" not in session.started({"GameType": "SINGLE_TRIAL"}, MOMENT, CHANCE)


def test_a_session_that_ran_out_of_time_closed_at_its_deadline() -> None:
    """However late that is noticed; one that is closed before, closed then."""
    opened = timed(synchronized=False)

    assert session.closing_time(opened, MOMENT + timedelta(hours=9)) == "2020-01-21T16:57:13.042Z"
    assert session.closing_time(opened, MOMENT + timedelta(minutes=1)) == "2020-01-21T16:53:13.042Z"
    assert session.closing_time({}, MOMENT) == "2020-01-21T16:52:13.042Z"


def test_gamers_are_not_told_what_opens_the_projector() -> None:
    """A session's public part is all of it but the board's code."""
    opened = timed(synchronized=False)

    assert session.public({**opened, "Kind": "session"}) == {
        name: value for name, value in opened.items() if name != "BoardCode"
    }
