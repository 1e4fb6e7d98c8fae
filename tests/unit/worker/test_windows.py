"""Tumbling windows: where a record belongs, when a window is over, what a function is told."""

import json
from dataclasses import replace
from math import inf

import pytest

from services.worker.polling import windows
from services.worker.polling.windows import Window, due, place

from .records import STREAM, records

OPEN = Window(60, 120, '{"count":2}', delivered=True)


@pytest.mark.parametrize(
    ("arrival", "width", "start"), [(0, 60, 0), (59.999, 60, 0), (60, 60, 60), (100, 7, 98), (899.5, 900, 0)]
)
def test_windows_lie_on_the_epoch(arrival: float, width: int, start: int) -> None:
    """start is the multiple of the width below; a record at the end belongs to the next one."""
    assert place(None, arrival, width) == Window(start, start + width)


def test_a_record_of_the_open_window_stays_in_it_with_its_state() -> None:
    """Also one that is stamped before its start, whose own window is final."""
    assert place(OPEN, 119.9, 60) is OPEN
    assert place(OPEN, 3, 60) is OPEN


def test_a_late_record_goes_to_the_window_after_the_last_one() -> None:
    """So that no window is final twice."""
    assert place(replace(OPEN, over=True), 100, 60) == Window(120, 180)


def test_a_window_that_ended_early_goes_on_afresh() -> None:
    """With the same start and end, and no state."""
    assert place(replace(OPEN, over=True, early=True), 100, 60) == Window(60, 120)


@pytest.mark.parametrize(
    ("window", "arrival", "horizon", "expected"),
    [
        (OPEN, 119, 0, False),
        (OPEN, 120, 0, True),
        (OPEN, None, 119.9, False),
        (OPEN, None, 120, True),
        (OPEN, None, inf, True),
        (OPEN, 119, inf, False),
        (replace(OPEN, early=True), 70, 0, True),
        (replace(OPEN, over=True), 500, inf, False),
        (replace(OPEN, delivered=False), 500, inf, False),
        (None, 500, inf, False),
    ],
)
def test_a_window_is_final_after_its_last_record(
    window: Window | None, arrival: float | None, horizon: float, expected: bool
) -> None:
    """A later record waits, or none can come any more, or its state is too large; never without a delivery."""
    head = None if arrival is None else records(1, arrival=arrival)[0]

    assert due(window, 60, head, horizon) is expected


def test_a_mapping_that_has_no_windows_any_more_ends_the_open_one() -> None:
    """The function hears the last of it."""
    assert due(OPEN, 0, None, 0)


def test_an_event_tells_where_in_which_window_its_records_stand() -> None:
    """The keys in the order that was captured; the state to the letter."""
    event = windows.event(records(1), replace(OPEN, state='{"n":1.50}'), "shardId-0", STREAM)

    assert b'"state":{"n":1.50},' in event
    assert [*json.loads(event).items()][1:] == [
        ("shardId", "shardId-0"),
        ("eventSourceARN", STREAM),
        ("window", {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"}),
        ("state", {"n": 1.5}),
        ("isFinalInvokeForWindow", False),
        ("isWindowTerminatedEarly", False),
    ]
