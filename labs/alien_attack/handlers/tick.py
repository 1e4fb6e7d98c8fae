"""The clock's reader: frees seats whose leases have run out, closes a session whose time has.

The next tick is sent before the work, so that a failing one does not stop the clock.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import clock, closing, gate, leases, register
from ..session import overdue

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take messages of the clock's queue; those of a chain that ended are dropped."""
    for message in event["Records"]:
        try:
            number = clock.tick_number(message["body"])
        except (ValueError, KeyError, TypeError):
            log.warning("a message that is no tick: dropped")
        else:
            tick(number, datetime.now(UTC))


def tick(number: int, moment: datetime) -> None:
    """One tick. It is the last when no session is open."""
    time, session = clock.claim(number, moment), register.current()
    if time is None or session is None:
        return
    clock.send_next(time, session, moment)
    if overdue(session, moment) or "ClosingTime" in session:  # closed, but not to the end
        closed = closing.close(session, moment)
        log.info("closed session=%s at=%s", closed["SessionId"], closed["ClosingTime"])
        return
    if freed := leases.free(session["SessionId"], moment):
        log.info("freed seats=%d", freed)
    if not gate.settled(session):
        gate.settle()
