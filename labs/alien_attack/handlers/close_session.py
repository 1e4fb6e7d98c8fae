"""DELETE /v1/manager/session: close the open session. The gate comes first: what was accepted until then counts.

A call that ended half-way is mended by calling again: the register forgets the session only at the very end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import gate, register
from ..answers import Event, answering
from ..caller import require_manager


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """The session with its ClosingTime; 409 {"errorCode": "NoSessionOpen"} when none is open."""
    require_manager(event)
    session_id = register.open_session()
    gate.let_in(gate.SHUT)
    closed = register.close(session_id, datetime.now(UTC))
    announced = gate.announced() or {}
    # What was added to the announced session meanwhile (SynchronizeTime) stays.
    session = {**announced, **closed} if announced.get("SessionId") == session_id else closed
    gate.announce(session)
    register.forget(session_id)
    return session
