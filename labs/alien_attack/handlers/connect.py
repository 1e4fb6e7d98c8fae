"""$connect: somebody is there. What the session is they are told by whoever reads the table's stream."""

from datetime import UTC, datetime
from typing import Any

from .. import connections, live, watchers
from ..answers import Answer, Event


def handler(event: Event, _context: Any) -> Answer:
    """Note the connection; when that fails the client is refused, and tries again."""
    who, now = live.caller(event), datetime.now(UTC)
    if who.board:
        watchers.add(who.board, who.connection_id, now)
    else:
        connections.add(who.connection_id, who.username, who.groups, now)
    return live.answer()
