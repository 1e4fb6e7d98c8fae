"""ping: what time is it, and I am still there."""

from datetime import UTC, datetime
from typing import Any

from .. import board, gate, live, news
from ..answers import Answer, Event
from ..session import is_open, milliseconds


def handler(event: Event, _context: Any) -> Answer:
    """{"type": "pong", "t", "now"}; whoever has a row on the open session's board has the lease renewed, if any."""
    who, now = live.caller(event), datetime.now(UTC)
    session = gate.announced()
    if who.username and session is not None and is_open(session, now):
        board.renew(session["SessionId"], who.username, milliseconds(now))
    return live.answer(news.pong(live.body(event), datetime.now(UTC)))
