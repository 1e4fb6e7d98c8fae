"""$connect: somebody is there. What the session is they are told by whoever reads the table's stream."""

from datetime import UTC, datetime
from typing import Any

from .. import connections, live
from ..answers import Answer, Event


def handler(event: Event, _context: Any) -> Answer:
    """Note the connection; when that fails the client is refused, and tries again."""
    who = live.caller(event)
    connections.add(who.connection_id, who.username, who.groups, datetime.now(UTC))
    return live.answer()
