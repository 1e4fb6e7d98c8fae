"""$disconnect: somebody has gone. The seat stays until its lease runs out: most come back."""

from typing import Any

from .. import connections, live
from ..answers import Answer, Event


def handler(event: Event, _context: Any) -> Answer:
    """Forget the connection."""
    connections.remove(live.caller(event).connection_id)
    return live.answer()
