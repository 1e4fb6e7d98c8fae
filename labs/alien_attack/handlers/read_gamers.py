"""GET /v1/manager/gamers?sessionId=: all gamers of a session, best first."""

from collections.abc import Mapping
from typing import Any

from .. import board
from ..answers import Event, Refused, answering
from ..caller import require_manager
from ..session import LONGEST_ID


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """{"SessionId", "Gamers": [{Nickname, Score, Lives, Shots, Level, Timestamp, Position, Finished}]}."""
    require_manager(event)
    session_id = (event.get("queryStringParameters") or {}).get("sessionId")
    if not session_id:
        raise Refused(400, message="Missing required request parameters: [sessionId]")
    if len(session_id) > LONGEST_ID:  # more than a key of the table may have
        raise Refused(400, message="sessionId names no session")
    rows = board.gamers(session_id)
    return {"SessionId": session_id, "Gamers": [_public(row) for row in rows]}


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"SessionId", "Rank", "Posted", "Renewed"}}
