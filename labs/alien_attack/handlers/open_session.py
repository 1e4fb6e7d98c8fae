"""POST /v1/manager/session: open a session. The gate comes last, so that nothing is accepted before all is ready."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import gate, register
from ..answers import Event, answering
from ..caller import require_manager
from ..session import request


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """The session; 409 {"errorCode": "SessionAlreadyOpen"} when one is open, 400 for a wrong request."""
    require_manager(event)
    session = register.add(request(event.get("body")), datetime.now(UTC))
    gate.announce(session)
    gate.let_in(session["SessionId"])
    return session
