"""How a session closes: by a manager, by itself, or when another is opened after its time has run out.

The gate comes first: what was accepted until then counts. A call that ended half-way is mended by the next: the
register forgets the session only at the very end.
"""

from datetime import datetime
from typing import Any

from . import gate, register
from .session import Session


def close(session: Session, moment: datetime) -> dict[str, Any]:
    """Close the session that the register says is open; returns it with its ClosingTime."""
    gate.shut()
    closed = register.close(session, moment)
    gate.settle(closed)
    register.forget(closed["SessionId"])
    return closed
