"""DELETE /v1/manager/session: close the open session. SynchronizeTime and every score stay."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import closing, register
from ..answers import Event, answering
from ..caller import require_manager
from ..session import is_open


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """The session with its ClosingTime; 409 {"errorCode": "NoSessionOpen"} when none is open."""
    require_manager(event)
    session = register.current()
    if session is None:
        raise register.no_session()
    if is_open(session, datetime.now(UTC)):
        closing.last_call(session)
    return closing.close(session, datetime.now(UTC))
