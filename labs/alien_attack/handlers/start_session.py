"""POST /v1/manager/start: all gamers of the open session start at once. The same as start-game over the WebSocket."""

from collections.abc import Mapping
from datetime import UTC, datetime

from .. import starting
from ..answers import Event, answering
from ..caller import require_manager


@answering
def handler(event: Event) -> Mapping[str, int]:
    """{"startAt", "sent", "stale"}; 409 with NoSessionOpen or NotSynchronized."""
    require_manager(event)
    session, told = starting.start(datetime.now(UTC))
    return {"startAt": session["StartAt"], "sent": told.sent, "stale": told.stale}
