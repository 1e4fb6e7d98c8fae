"""Sessions: what a manager may ask for, how one is named, started and ended. Pure; time and chance are passed in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .answers import Refused

MULTIPLE_TRIALS = "MULTIPLE_TRIALS"
SINGLE_TRIAL = "SINGLE_TRIAL"
TIME_CONSTRAINED = "TIME_CONSTRAINED"
GAME_TYPES = (MULTIPLE_TRIALS, SINGLE_TRIAL, TIME_CONSTRAINED)

DEFAULT_SEATS = 200
MAX_SEATS = 1000
DEFAULT_MINUTES = 5
MAX_MINUTES = 30
COUNTDOWN = timedelta(seconds=3)  # from a manager's START to the start itself
GRACE = timedelta(seconds=2)  # in which the last posts of a session that ends still count
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else on a projector
CODE_LENGTH = 8
SEEDS = 2**31
LONGEST_ID = 80  # characters
MAX_NAME = LONGEST_ID - 13  # what the time needs of them

# What both a stage variable and a session's id may hold.
_NAME = re.compile(rf"[A-Za-z0-9:_.-]{{0,{MAX_NAME}}}")

Session = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What a manager asks for when opening a session."""

    name: str = ""
    game_type: str = MULTIPLE_TRIALS
    total_seats: int = DEFAULT_SEATS
    synchronized: bool = False
    timeout_in_minutes: int = DEFAULT_MINUTES


def request(body: str | None) -> Request:
    """Read {"SessionName", "GameType", "TotalSeats", "Synchronized", "TimeoutInMinutes"}, all optional.

    Refused with 400, saying what is wrong.
    """
    asked = _object(body)
    wanted = Request(
        name=asked.get("SessionName", ""),
        game_type=asked.get("GameType", MULTIPLE_TRIALS),
        total_seats=asked.get("TotalSeats", DEFAULT_SEATS),
        synchronized=asked.get("Synchronized", False),
        timeout_in_minutes=asked.get("TimeoutInMinutes", DEFAULT_MINUTES),
    )
    _check(isinstance(wanted.name, str) and _NAME.fullmatch(wanted.name), f"SessionName: {_NAME.pattern}")
    _check(wanted.game_type in GAME_TYPES, f"GameType: one of {', '.join(GAME_TYPES)}")
    _check(_whole(wanted.total_seats, MAX_SEATS), f"TotalSeats: 1 to {MAX_SEATS}")
    _check(isinstance(wanted.synchronized, bool), "Synchronized: true or false")
    _check(_whole(wanted.timeout_in_minutes, MAX_MINUTES), f"TimeoutInMinutes: 1 to {MAX_MINUTES}")
    return wanted


def session_id(name: str, moment: datetime) -> str:
    """The name and the UTC second (TEST200121T165213); with no name the second alone (2020-01-21T16:52:13)."""
    utc = moment.astimezone(UTC)
    return f"{name}{utc:%y%m%dT%H%M%S}" if name else f"{utc:%Y-%m-%dT%H:%M:%S}"


@dataclass(frozen=True)
class Chance:
    """What is drawn for a session: seed, below SEEDS, of everybody's game; board_code, which opens the projector."""

    seed: int
    board_code: str


def opened(wanted: Request, identifier: str, moment: datetime, chance: Chance) -> dict[str, Any]:
    """The session that a request opens. Only the game types that use them have Synchronized and TimeoutInMinutes.

    Everybody at once gets a Deadline and a Seed when a manager starts them, the others now.
    """
    session: dict[str, Any] = {
        "SessionId": identifier,
        "GameType": wanted.game_type,
        "OpeningTime": timestamp(moment),
        "TotalSeats": wanted.total_seats,
        "Seed": chance.seed,
        "BoardCode": chance.board_code,
    }
    if wanted.game_type != MULTIPLE_TRIALS:
        session["Synchronized"] = wanted.synchronized
    if wanted.game_type == TIME_CONSTRAINED:
        session["TimeoutInMinutes"] = wanted.timeout_in_minutes
        if not wanted.synchronized:
            session["Deadline"] = milliseconds(moment + timedelta(minutes=wanted.timeout_in_minutes))
    return session


def started(session: Session, moment: datetime, chance: Chance) -> dict[str, Any]:
    """What a START at this moment adds to a session."""
    start = moment + COUNTDOWN
    added: dict[str, Any] = {
        "SynchronizeTime": timestamp(moment),
        "StartAt": milliseconds(start),
        "Seed": chance.seed,
    }
    if session.get("GameType") == TIME_CONSTRAINED:
        added["Deadline"] = milliseconds(start + timedelta(minutes=session["TimeoutInMinutes"]))
    return added


def is_open(session: Session | None, moment: datetime) -> bool:
    """Whether gamers may take seats: it has opened and not closed, and its time has not run out."""
    if not session or "OpeningTime" not in session or "ClosingTime" in session:
        return False
    return "Deadline" not in session or milliseconds(moment) < session["Deadline"]


def closes_at(session: Session) -> int | None:
    """When a session closes itself, in milliseconds since 1970: its Deadline and the grace; None: never."""
    return session["Deadline"] + GRACE // timedelta(milliseconds=1) if "Deadline" in session else None


def overdue(session: Session, moment: datetime) -> bool:
    """Whether the session should have closed itself by now."""
    end = closes_at(session)
    return end is not None and milliseconds(moment) >= end


def closing_time(session: Session, moment: datetime) -> str:
    """The ClosingTime of a session that is closed at this moment: not later than its Deadline."""
    end = min(milliseconds(moment), session.get("Deadline", milliseconds(moment)))
    return timestamp(datetime.fromtimestamp(end / 1000, UTC))


def public(session: Session) -> dict[str, Any]:
    """A session as gamers see it: without the code that opens the projector."""
    return {name: value for name, value in session.items() if name not in {"BoardCode", "Kind"}}


def one_trial(session: Session) -> bool:
    """Whether a gamer who has finished, or left the game, may not play again."""
    return session.get("GameType") in {SINGLE_TRIAL, TIME_CONSTRAINED}


def uses_up_trial(session: Session) -> bool:
    """Whether who leaves now has had the only trial: not in the lobby, before everybody is started."""
    return one_trial(session) and not (session.get("Synchronized") and "StartAt" not in session)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: 2020-01-21T16:52:13.042Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _object(body: str | None) -> dict[str, Any]:
    try:
        asked = json.loads(body or "{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refused(400, message="Invalid request body: it must be a JSON object")
    return asked


def _whole(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= largest


def _check(fine: object, rule: str) -> None:
    if not fine:
        raise Refused(400, message=f"Invalid request body: {rule}")
