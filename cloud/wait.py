"""Waiting for a condition with a deadline: the only way that this project waits for anything."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cloud.errors import Unavailable

T = TypeVar("T")


def until(
    predicate: Callable[[], T],
    timeout: float,
    *,
    what: str = "",
    interval: float = 0.1,
    stop: threading.Event | None = None,
) -> T:
    """Call predicate until it returns something truthy, and return that.

    timeout, interval: seconds. Raises Unavailable after timeout, naming what was waited for and the last exception; an
    exception of the predicate counts as "not yet". A set stop event ends the wait at once, also with Unavailable.
    """
    pause = stop or threading.Event()
    deadline = time.monotonic() + timeout
    last: Exception | None = None
    while True:
        try:
            if value := predicate():
                return value
        except Exception as error:  # whatever fails now may work before the deadline
            last = error
        if time.monotonic() >= deadline or pause.wait(interval):
            raise Unavailable(_gave_up(what, timeout, last)) from last


async def until_async(
    predicate: Callable[[], Awaitable[T]], timeout: float, *, what: str = "", interval: float = 0.1
) -> T:
    """The same for coroutines."""
    deadline = time.monotonic() + timeout
    last: Exception | None = None
    while True:
        try:
            if value := await predicate():
                return value
        except Exception as error:  # whatever fails now may work before the deadline
            last = error
        if time.monotonic() >= deadline:
            raise Unavailable(_gave_up(what, timeout, last)) from last
        await asyncio.sleep(interval)


def _gave_up(what: str, timeout: float, last: Exception | None) -> str:
    reason = f"; last error: {last}" if last else ""
    return f"gave up after {timeout:g} s waiting for {what or 'a condition'}{reason}"
