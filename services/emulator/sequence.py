"""Kinesis sequence numbers: what orders the records of a shard, and what an iterator points at.

As on AWS they are strings of 56 decimal digits that only grow, too long for a DynamoDB number (38 digits), so code that
stores them as one fails here too. MiniStack's have 30 digits and go back when the machine's clock does.
"""

import threading
import time
from collections.abc import Callable

DIGITS = 56
OLDEST = "0" * DIGITS  # before every record
_PREFIX = "49"  # AWS's begin so
_CLOCK_DIGITS = 15  # milliseconds since 1970
_LAST = 10**_CLOCK_DIGITS - 1
_LAST_COUNT = "9" * (DIGITS - len(_PREFIX) - _CLOCK_DIGITS)


class SequenceNumbers:
    """Hands out numbers that grow, even across restarts and when the clock is set back."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._millis = 0
        self._count = 0

    def issue(self) -> str:
        """The next number."""
        with self._lock:
            now = int(self._clock() * 1000)
            if now > self._millis:
                self._millis, self._count = now, 0
            else:
                self._count += 1
            return _number(self._millis, self._count)

    def latest(self) -> str:
        """The highest number that any record can have so far."""
        with self._lock:
            return _number(self._millis, self._count)

    def observe(self, number: str) -> None:
        """Go on above a number that an earlier run handed out."""
        with self._lock:
            millis, count = _millis(number), int(number[len(_PREFIX) + _CLOCK_DIGITS :])
            self._millis, self._count = max((self._millis, self._count), (millis, count))


def issued_at(number: str) -> float:
    """When a number was handed out, in seconds since 1970 to the millisecond."""
    return _millis(number) / 1000


def padded(number: str) -> str:
    """A number as a client gives it, as wide as ours, so that strings compare as numbers do."""
    return number.zfill(DIGITS)


def before(number: str) -> str:
    """The number just below this one."""
    return str(max(int(number) - 1, 0)).zfill(DIGITS)


def before_time(seconds: float) -> str:
    """The number just below all that are handed out at a time, in seconds since 1970, or later."""
    millis = int(min(max(0.0, seconds * 1000), _LAST))  # NaN counts as 0
    while millis and (millis - 1) / 1000 >= seconds:
        millis -= 1
    while millis / 1000 < seconds and millis < _LAST:
        millis += 1
    return f"{_PREFIX}{millis - 1:0{_CLOCK_DIGITS}d}{_LAST_COUNT}" if millis else OLDEST


def _number(millis: int, count: int) -> str:
    return f"{_PREFIX}{millis:0{_CLOCK_DIGITS}d}{count:0{DIGITS - len(_PREFIX) - _CLOCK_DIGITS}d}"


def _millis(number: str) -> int:
    return int(number[len(_PREFIX) : len(_PREFIX) + _CLOCK_DIGITS])
