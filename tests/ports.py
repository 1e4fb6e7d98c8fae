"""Free ports for the boxes that tests start: never one that an outgoing connection may take before the box does.

The system gives outgoing connections, and sockets bound to port 0, ports from 32768 up (ip_local_port_range). A box
binds seconds after its port was chosen, so its port comes from below; test processes side by side have a span each.
"""

import itertools
import os
import random
import socket

_FIRST, _SPAN, _PROCESSES = 20_000, 1_500, 8


def _span() -> range:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    return range(_FIRST + number * _SPAN, _FIRST + (number + 1) * _SPAN)


# From a random place on, so that two runs on one machine hardly meet; each port once before any comes again.
_candidates = itertools.islice(itertools.cycle(_span()), random.randrange(_SPAN), None)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that this process has not handed out lately."""
    return next(port for port in _candidates if _is_free(port))


def free_span(count: int) -> int:
    """The first of so many such ports in a row, none of which another test process is given."""
    last = _span().stop - count
    return next(
        first for first in iter(free_port, None) if first <= last and all(map(_is_free, range(first, first + count)))
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
