"""The clock of an open session: a message that is sent again and again with a delay, and a mark of the last one.

Every tick looks whether a session has run out of time and whose lease has. Delayed messages are SQS's, so that nothing
needs to run while no session is open, and a second is kept rather than a minute. The mark lets only one chain of
messages go on, however often one is delivered, and tells how long nobody ticked: a laptop that slept, or a worker that
was away, must not cost anybody a seat.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import marks
from .aws import client, setting
from .session import Session, closes_at, milliseconds

PERIOD = timedelta(seconds=3)
SILENCE = timedelta(seconds=10)  # after which a chain of ticks counts as broken
_NAME = "clock"


@dataclass(frozen=True)
class Clock:
    """number: of the tick that comes next; at: when the last one was, and floor: when leases last began anew (ms)."""

    number: int
    at: int
    floor: int

    def goes(self, moment: datetime) -> bool:
        """Whether the last tick was not long ago."""
        return milliseconds(moment) - self.at <= SILENCE // timedelta(milliseconds=1)


def read() -> Clock:
    """The clock as it stands; one that never ticked has zeros."""
    mark = marks.read(_NAME)
    return Clock(mark.get("Number", 0), mark.get("At", 0), mark.get("Floor", 0))


def wind(moment: datetime) -> None:
    """Begin a new chain of ticks; whatever is left of an old one ends."""
    now = milliseconds(moment)
    number = marks.advance(_NAME, {"Number": read().number + 1, "At": now, "Floor": now})
    _send(number, PERIOD)


def ensure(moment: datetime) -> Clock:
    """Wind the clock when it has stopped; the clock as it stood."""
    clock = read()
    if not clock.goes(moment):
        wind(moment)
    return clock


def claim(number: int, moment: datetime) -> Clock | None:
    """Take the tick with this number; None: it was taken, or belongs to an old chain.

    A chain that broke goes on with whatever tick comes, and every lease begins anew.
    """
    clock, now = read(), milliseconds(moment)
    broken = not clock.goes(moment)
    if clock.number != number and not broken:
        return None
    floor = now if broken else clock.floor
    taken = {"Number": clock.number + 1, "At": now, "Floor": floor}
    if not marks.advance(_NAME, taken, expected=clock.number):
        return None
    return Clock(clock.number + 1, now, floor)


def send_next(clock: Clock, session: Session, moment: datetime) -> None:
    """Send the tick that comes next: after a period, or when the session must close if that is sooner."""
    end = closes_at(session)
    left = timedelta(milliseconds=end - milliseconds(moment)) if end is not None else PERIOD
    _send(clock.number, min(PERIOD, max(left, timedelta(seconds=1))))


def tick_number(body: str) -> int:
    """The number in a message. Raises ValueError, KeyError or TypeError for one that is none of ours."""
    return int(json.loads(body)["Tick"])


def _send(number: int, delay: timedelta) -> None:
    client("sqs").send_message(
        QueueUrl=setting("CLOCK_URL"),
        MessageBody=json.dumps({"Tick": number}),
        DelaySeconds=-(-delay // timedelta(seconds=1)),  # rounded up: a tick must not come before the end it is for
    )
