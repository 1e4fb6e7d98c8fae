"""Sessions: what a manager may ask for, how a session is named, when it is open. Pure; time is passed in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
MAX_NAME = 67  # characters; with the 13 of the time a session's id has 80 at most

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


def opened(wanted: Request, identifier: str, moment: datetime) -> dict[str, Any]:
    """The session that a request opens. Only the game types that use them have Synchronized and TimeoutInMinutes."""
    session: dict[str, Any] = {
        "SessionId": identifier,
        "GameType": wanted.game_type,
        "OpeningTime": timestamp(moment),
        "TotalSeats": wanted.total_seats,
    }
    if wanted.game_type != MULTIPLE_TRIALS:
        session["Synchronized"] = wanted.synchronized
    if wanted.game_type == TIME_CONSTRAINED:
        session["TimeoutInMinutes"] = wanted.timeout_in_minutes
    return session


def is_open(session: Session | None) -> bool:
    """Whether gamers may take seats: it has opened and not closed."""
    return bool(session) and "OpeningTime" in (session or {}) and "ClosingTime" not in (session or {})


def one_trial(session: Session) -> bool:
    """Whether a gamer who has finished, or left, may not play again."""
    return session.get("GameType") in {SINGLE_TRIAL, TIME_CONSTRAINED}


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: 2020-01-21T16:52:13.042Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
