"""$default: a message that no route is for."""

from typing import Any

from .. import live, news
from ..answers import Answer, Event


def handler(_event: Event, _context: Any) -> Answer:
    """{"type": "error", "message"}, to the caller."""
    return live.answer(news.error("No such action: start-game, ping"))
