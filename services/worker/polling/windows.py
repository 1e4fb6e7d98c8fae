"""Tumbling windows: which window a record belongs to, when one is over, and the event that a function gets. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
A shard has one window open at a time. What a function returned as its state comes with the next batch of the window,
and with the final invocation, which has no records; the next window begins with an empty state.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from services.worker.polling.record import Record

EMPTY = "{}"
STATE_LIMIT = 1024 * 1024  # bytes of a state's JSON; a window whose state is larger ends at once


@dataclass(frozen=True)
class Window:
    """A shard's newest window. start, end: epoch seconds, half-open; state: JSON text.

    delivered: the function got records of it; early: its state outgrew the limit; final: its final invocation is in
    hand; over: that is done, and the window stays only to say where the next one may begin.
    """

    start: int
    end: int
    state: str = EMPTY
    delivered: bool = False
    early: bool = False
    final: bool = False
    over: bool = False

    def describe(self) -> dict[str, Any]:
        """As an on-failure destination hears of it: timeWindowInfo."""
        return {
            "window": {"start": _stamp(self.start), "end": _stamp(self.end)},
            "isFinalInvokeForWindow": self.final,
            "isWindowTerminatedEarly": self.early,
        }


def place(window: Window | None, arrival: float, width: int) -> Window:
    """The window of a record that arrived then (epoch seconds), after the shard's newest window.

    A record from before the open window stays in it, and one from before the last window's end goes to the next, so
    that no window is final twice. A window that ended early goes on afresh.
    """
    if window and not window.over and arrival < window.end:
        return window
    floor = (window.start if window.early else window.end) if window and window.over else 0
    start = int(max(arrival, floor) // width) * width
    return Window(start, start + width)


def due(window: Window | None, width: int, head: Record | None, horizon: float) -> bool:
    """Whether the window's final invocation comes next.

    head: the next record that waits; horizon: every record that arrived before this moment (epoch seconds) has been
    read, infinity at the end of a shard; width: of the mapping's windows now, 0 for none any more.
    """
    if window is None or window.over or not window.delivered:
        return False
    if window.early or width == 0:
        return True
    return head.arrival >= window.end if head else horizon >= window.end


def event(records: tuple[Record, ...], window: Window, shard: str, source_arn: str) -> bytes:
    """The event that a function gets: the records, and where in which window they stand."""
    return orjson.dumps(
        {
            "Records": [record.event for record in records],
            "shardId": shard,
            "eventSourceARN": source_arn,
            "window": {"start": _stamp(window.start), "end": _stamp(window.end)},
            "state": orjson.Fragment(window.state),
            "isFinalInvokeForWindow": window.final,
            "isWindowTerminatedEarly": window.early,
        }
    )


def _stamp(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
