"""GET /v1/manager/sessions: the sessions that were opened last."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .. import board, register
from ..answers import Event, answering
from ..caller import require_manager

_AT_ONCE = 4  # counts under way


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """{"Sessions": [the session, with Gamers: how many stand on its board, ...]}, the newest first."""
    require_manager(event)
    sessions = register.latest()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        counts = list(threads.map(lambda session: board.count(session["SessionId"]), sessions))
    return {"Sessions": [{**session, "Gamers": count} for session, count in zip(sessions, counts, strict=True)]}
