"""$disconnect: somebody has gone. The seat stays until its lease runs out: most come back."""

from typing import Any

from .. import connections, live, watchers
from ..answers import Answer, Event


def handler(event: Event, _context: Any) -> Answer:
    """Forget the connection."""
    who = live.caller(event)
    if who.board:
        watchers.remove(who.board, who.connection_id)
    else:
        connections.remove(who.connection_id)
    return live.answer()
