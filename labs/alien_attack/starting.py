"""How a manager starts all gamers of a session at once."""

from datetime import datetime

from . import chance, connections, gate, news, register
from .answers import Refused
from .connections import Sent
from .session import Session, is_open


def start(moment: datetime) -> tuple[Session, Sent]:
    """Start the open session, and tell everybody who is connected; returns it and how many were told.

    A second call starts nothing anew: it tells everybody again when the start is, or was. Refused with 409 when no
    session is open, or when it is one that gamers start by themselves.
    """
    session = register.current()
    if session is None or not is_open(session, moment):
        raise register.no_session()
    if not session.get("Synchronized"):
        raise Refused(409, errorCode="NotSynchronized", errorMessage="In this session everybody starts alone")
    started = register.start(session, moment, chance.draw())
    gate.settle()
    return started, connections.broadcast([news.start(started)])
