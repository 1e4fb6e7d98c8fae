"""GET /v1/board?sessionId=&code=: the whole board, for the projector, which nobody is signed in to."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import board, register
from ..answers import Event, Refused, answering
from ..session import milliseconds, public


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """{"Session", "Gamers", "ServerTime"}; 403 unless code is the BoardCode that managers see of that session."""
    asked = event.get("queryStringParameters") or {}
    session = register.find(asked.get("sessionId") or "-")
    code = str((session or {}).get("BoardCode", ""))
    if session is None or not code or not hmac.compare_digest(code.encode(), (asked.get("code") or "").encode()):
        raise Refused(403, message="The code does not open this board")
    return {
        "Session": public(session),
        "Gamers": [
            {name: row.get(name, False) for name in board.FIGURES} for row in board.figures(session["SessionId"])
        ],
        "ServerTime": milliseconds(datetime.now(UTC)),
    }
