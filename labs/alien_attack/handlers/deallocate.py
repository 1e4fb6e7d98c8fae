"""POST /v1/deallocate: leave the seat. Leaving twice, or without a seat, is fine."""

from collections.abc import Mapping

from .. import gate, seats
from ..answers import Event, answering
from ..caller import gamer


@answering
def handler(event: Event) -> Mapping[str, str]:
    """{"successMessage"}, always: afterwards the gamer has no seat."""
    nickname = gamer(event)
    session = gate.announced()
    left = session is not None and seats.leave(session, nickname)
    return {"successMessage": f"{nickname} has left the seat" if left else f"{nickname} had no seat"}
