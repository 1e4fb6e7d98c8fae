"""POST /v1/manager/session: open a session. The gate comes last, so that nothing is accepted before all is ready."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import chance, clock, closing, gate, register
from ..answers import Event, answering
from ..caller import require_manager
from ..session import Request, overdue, request


@answering
def handler(event: Event) -> Mapping[str, Any]:
    """The session; 409 {"errorCode": "SessionAlreadyOpen"} when one is open, 400 for a wrong request."""
    require_manager(event)
    wanted, now = request(event.get("body")), datetime.now(UTC)
    session = _add(wanted, now)
    clock.wind(now)
    gate.settle()
    return session


def _add(wanted: Request, now: datetime) -> dict[str, Any]:
    try:
        return register.add(wanted, now, chance.draw())
    except register.AlreadyOpen:
        last = register.current()
        if last is None or not overdue(last, now):
            _finish(now)
            raise
        closing.close(last, now)  # its time has run out, and nobody has closed it yet
    return register.add(wanted, now, chance.draw())


def _finish(now: datetime) -> None:
    """The call that opened the other session may have ended before its clock was wound and gamers were told."""
    clock.ensure(now)
    gate.settle()
