"""What goes over the WebSocket: one function per message. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from . import seats
from .board import FIGURES
from .session import Session, milliseconds, public

PLACES = 10

Message = dict[str, Any]


def start(session: Session) -> Message:
    """All gamers start, at the same moment and with the same seed."""
    return {
        "type": "start",
        "sessionId": session["SessionId"],
        "startAt": session["StartAt"],
        "seed": session["Seed"],
        "deadline": session.get("Deadline"),
    }


def session(told: Session | None) -> Message:
    """The session as GET session tells it."""
    return {"type": "session", "session": None if told is None else public(told)}


def closing(session_id: str) -> Message:
    """The session closes in a moment: whoever plays in it posts no more."""
    return {"type": "closing", "sessionId": session_id}


def closed(session_id: str) -> Message:
    """The session has closed."""
    return {"type": "closed", "sessionId": session_id}


def board(session_id: str, top: Iterable[Mapping[str, Any]], total: int, moment: datetime) -> Message:
    """The first places of the board, and how many gamers stand on it."""
    rows = [[row.get(name, False) for name in FIGURES] for row in top]
    return {"type": "board", "sessionId": session_id, "gamers": rows, "total": total, "now": milliseconds(moment)}


def taken(control: seats.Control) -> Message:
    """How many seats are taken, and by whom lately."""
    names = seats.newest_first(control)
    return {
        "type": "seats",
        "sessionId": control["SessionId"],
        "occupied": len(names),
        "total": control["TotalSeats"],
        "names": names[: seats.SHOWN],
    }


def pong(body: Mapping[str, Any], moment: datetime) -> Message:
    """The answer to a ping: what the client said its time was, and the server's."""
    return {"type": "pong", "t": body.get("t"), "now": milliseconds(moment)}


def error(message: str) -> Message:
    """Something was asked for that is not granted."""
    return {"type": "error", "message": message}
