"""POST /v1/allocate: take a seat in the open session. Whoever has one keeps it."""

from collections.abc import Mapping

from .. import board, gate, seats
from ..answers import Event, answering
from ..caller import gamer
from ..session import is_open


@answering
def handler(event: Event) -> Mapping[str, str]:
    """{"successMessage"}; 422 {"errorCode", "errorMessage"} with SessionNotOpen, NoSeatsAvailable, GamerCannotPlay."""
    nickname = gamer(event)
    session = gate.announced()
    if session is None or not is_open(session):
        raise seats.not_open()
    new = seats.take(session["SessionId"], nickname)
    # Also for a seat that is not new: an earlier call may have ended between the seat and the row.
    board.enter(session["SessionId"], nickname, again=new)
    return {"successMessage": f"{nickname} has a seat" if new else f"{nickname} has a seat already: keep playing"}
