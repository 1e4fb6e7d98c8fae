"""GET /v1/manager/seats: who has a seat in the open session, or had one in the last."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import clock, connections, gate, register, seats
from ..answers import Event, answering
from ..caller import require_manager


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """{"SessionId", "TotalSeats", "OccupiedSeats", "Playing", "Finished", "Connections"}; 409 before the first."""
    require_manager(event)
    session = gate.announced()
    if session is None:
        raise register.no_session()
    if "ClosingTime" not in session:
        clock.ensure(datetime.now(UTC))
    control = seats.control(session["SessionId"])
    playing = seats.newest_first(control)
    return {
        "SessionId": session["SessionId"],
        "TotalSeats": session["TotalSeats"],
        "OccupiedSeats": len(playing),
        "Playing": playing,
        "Finished": sorted(control.get("FinishedGamers", ())),
        "Connections": len(connections.everybody()),
    }
