"""POST /v1/heartbeat: I am still there. For who waits in the lobby; posts of a status say the same by themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime

from .. import board, gate, leases, seats
from ..answers import Event, answering
from ..caller import gamer
from ..session import milliseconds


@answering
def handler(event: Event) -> Mapping[str, int]:
    """{"leaseSeconds"}; 422 {"errorCode", "errorMessage"} with SessionNotOpen or NoSeat."""
    nickname, now = gamer(event), datetime.now(UTC)
    session = gate.announced()
    if session is None:
        raise seats.not_open()
    seats.require(session["SessionId"], nickname, now)
    if not board.renew(session["SessionId"], nickname, milliseconds(now)):
        board.enter(session["SessionId"], nickname, milliseconds(now), again=False)
    return {"leaseSeconds": leases.SECONDS}
