"""GET /v1/board?sessionId=&code=: the whole board, for the projector, which nobody is signed in to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import board, projector
from ..answers import Event, Refused, answering
from ..aws import setting
from ..session import milliseconds, public


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """{"Session", "Gamers", "ServerTime", "Live"}; 403 unless code is the BoardCode that managers see of that session.

    Live: the WebSocket API, where the same code lets in who wants to be told when the board changes.
    """
    asked = event.get("queryStringParameters") or {}
    session = projector.session(asked.get("sessionId") or "", asked.get("code") or "")
    if session is None:
        raise Refused(403, message="The code does not open this board")
    return {
        "Session": public(session),
        "Gamers": [
            {name: row.get(name, False) for name in board.FIGURES} for row in board.figures(session["SessionId"])
        ],
        "ServerTime": milliseconds(datetime.now(UTC)),
        "Live": setting("LIVE_URL"),
    }
