"""POST /v1/allocate: take a seat in the open session. Whoever has one keeps it, and its lease begins anew.

A page that slept may name the session that it knows, {"SessionId"}: it gets no seat in another one unknowingly.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from .. import board, gate, leases, live, seats
from ..answers import Event, answering
from ..caller import gamer
from ..session import is_open, milliseconds


@answering
def handler(event: Event) -> Mapping[str, str]:
    """{"successMessage"}; 422 {"errorCode", "errorMessage"} with SessionNotOpen, NoSeatsAvailable, GamerCannotPlay."""
    nickname, now = gamer(event), datetime.now(UTC)
    session = gate.announced()
    if session is None or not is_open(session, now) or _named(event) not in {None, session["SessionId"]}:
        raise seats.not_open()
    new = _take(session["SessionId"], nickname, now)
    # Also for a seat that is not new: an earlier call may have ended between the seat and the row.
    board.enter(session["SessionId"], nickname, milliseconds(now), again=new)
    return {"successMessage": f"{nickname} has a seat" if new else f"{nickname} has a seat already: keep playing"}


def _take(session_id: str, nickname: str, now: datetime) -> bool:
    try:
        return seats.take(session_id, nickname, now)
    except seats.Full:
        # Somebody's lease may have run out since the clock last ticked.
        if not leases.free(session_id, now):
            raise
    return seats.take(session_id, nickname, now)


def _named(event: Event) -> str | None:
    """The session that the caller means; None: whichever is open."""
    named = live.body(event).get("SessionId")
    return named if isinstance(named, str) else None
