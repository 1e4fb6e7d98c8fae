"""start-game: a manager starts all gamers of the open session at once."""

from datetime import UTC, datetime
from typing import Any

from .. import live, news, starting
from ..answers import Answer, Event, Refused


def handler(event: Event, _context: Any) -> Answer:
    """{"type": "started", "startAt", "sent", "stale"}, or {"type": "error", "message"}, to the caller."""
    if not live.caller(event).is_manager:
        return live.answer(news.error("Only a manager can start"))
    try:
        session, told = starting.start(datetime.now(UTC))
    except Refused as refused:
        return live.answer(news.error(refused.body["errorMessage"]))
    return live.answer({"type": "started", "startAt": session["StartAt"], "sent": told.sent, "stale": told.stale})
