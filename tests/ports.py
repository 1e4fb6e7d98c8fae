"""Free ports for the boxes that tests start: never one that an outgoing connection may take before the box does.

The system gives outgoing connections, and sockets bound to port 0, ports from 32768 up (ip_local_port_range). A box
binds seconds after its port was chosen, so its port comes from below, and from a span that no other test process has.
"""

import fcntl
import itertools
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

_FIRST, _LENGTH, _SPANS = 20_000, 750, 16
_CLAIMS: list[IO[bytes]] = []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that this process has not handed out lately."""
    return next(port for port in _candidates() if _is_free(port))


def free_span(count: int) -> int:
    """The first of so many such ports in a row, none of which another test process is given."""
    last = _span().stop - count
    return next(
        first for first in iter(free_port, None) if first <= last and all(map(_is_free, range(first, first + count)))
    )


@cache
def _candidates() -> Iterator[int]:
    """From a random place on: the runs before may have left something. Each port once before any comes again."""
    return itertools.islice(itertools.cycle(_span()), random.randrange(_LENGTH), None)


@cache
def _span() -> range:
    """A span of this process's own; any, where test processes have them all."""
    number = next(filter(_claim, range(_SPANS)), random.randrange(_SPANS))
    return range(_FIRST + number * _LENGTH, _FIRST + (number + 1) * _LENGTH)


def _claim(number: int) -> bool:
    """Whether the span belongs to this process now, until it ends."""
    with ExitStack() as unclaimed:
        try:
            path = Path(tempfile.gettempdir()) / f"fogbank-test-ports-{number}"
            file = unclaimed.enter_context(path.open("ab"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process's, or another user's
            return False
        unclaimed.pop_all()
    _CLAIMS.append(file)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
