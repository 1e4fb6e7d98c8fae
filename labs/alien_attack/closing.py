"""How a session closes: by a manager, by itself, or when another is opened after its time has run out.

The gate comes first: what was accepted until then counts. A call that ended half-way is mended by the next: the
register forgets the session only at the very end. Before a manager's closing there is a last call, since a page that
posts to a closed session is refused, and the browser writes every refusal into its console.
"""

import threading
from datetime import datetime
from typing import Any

from . import connections, gate, news, register
from .session import GRACE, Session


def last_call(session: Session) -> None:
    """Tell everybody who is connected that the session is about to close, and let in what they have sent until then.

    Takes the seconds of grace that a session which runs out of time has as well; no time when nobody is connected.
    """
    if connections.broadcast([news.closing(session["SessionId"])]).sent:
        threading.Event().wait(GRACE.total_seconds())


def close(session: Session, moment: datetime) -> dict[str, Any]:
    """Close the session that the register says is open; returns it with its ClosingTime."""
    gate.shut()
    closed = register.close(session, moment)
    gate.settle(closed)
    register.forget(closed["SessionId"])
    return closed
