"""Where a reader begins, and what a page holds."""

import base64
from typing import Any

import pytest

from cloud.errors import AwsError
from services.emulator import records
from services.emulator.segment import Record, record
from services.emulator.sequence import OLDEST, SequenceNumbers


def shard(arrivals: list[float], data: bytes = b"x") -> list[Record]:
    """A record for each of these times."""
    times = iter(arrivals)
    numbers = SequenceNumbers(lambda: next(times))
    return [record(numbers.issue(), "k", base64.b64encode(data).decode()) for _ in arrivals]


def after(of: list[Record], number: str) -> list[Record]:
    return [r for r in of if r["SequenceNumber"] > number]


def test_a_page_ends_with_the_record_that_waits() -> None:
    """Also where a part ends; none waits at the end of all."""
    of = shard([1.0, 2.0, 3.0, 4.0])

    assert records.page(iter([of[:2], of[2:]]), 2) == (of[:2], of[2])
    assert records.page(iter([of[:2], [], of[2:]]), 4) == (of, None)
    assert records.page(iter([]), 4) == ([], None)


def test_a_page_holds_ten_mebibytes_at_most_but_always_one_record() -> None:
    """Eleven of one mebibyte make a page of ten; one that is larger than a page comes alone."""
    of = shard([float(i) for i in range(11)], bytes(1024 * 1024))
    huge = shard([1.0, 2.0], bytes(records.PAGE_BYTES + 1))

    assert records.page(iter([of]), 10_000) == (of[:10], of[10])
    assert records.page(iter([huge]), 10_000) == (huge[:1], huge[1])


def test_a_page_has_one_record_at_least_however_many_parts_have_none() -> None:
    """Else a reader would be at its end before it had begun."""
    of = shard([1.0, 2.0])
    parts: list[list[Record]] = [[] for _ in range(records.PAGE_PARTS + 1)]

    assert records.page(iter([*parts, of]), 10) == (of[:1], of[1])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("TRIM_HORIZON", 0), ("AT_SEQUENCE_NUMBER", 1), ("AFTER_SEQUENCE_NUMBER", 2), ("LATEST", 3)],
)
def test_an_iterator_starts_where_its_type_says(kind: str, expected: int) -> None:
    """Three records; the number given is the second's."""
    of = shard([1.0, 2.0, 3.0])
    number = records.start(kind, of[1]["SequenceNumber"], None, latest=of[2]["SequenceNumber"])

    assert after(of, number) == of[expected:]


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [(0, 0), (-5, 0), (2.0, 1), (2.001, 2), (9, 3), (1e300, 3), (float("inf"), 3), (float("nan"), 0)],
)
def test_at_timestamp_starts_at_the_first_record_that_is_not_older(timestamp: float, expected: int) -> None:
    """Older than all is the trim horizon, younger than all is the tip."""
    of = shard([1.0, 2.0, 3.0])
    number = records.start("AT_TIMESTAMP", None, timestamp, latest=of[2]["SequenceNumber"])

    assert after(of, number) == of[expected:]


@pytest.mark.parametrize(
    ("kind", "number", "error"),
    [
        ("NEWEST", None, "ValidationException"),
        (None, None, "ValidationException"),
        ("AT_TIMESTAMP", None, "InvalidArgumentException"),
        ("AFTER_SEQUENCE_NUMBER", None, "InvalidArgumentException"),
        ("AT_SEQUENCE_NUMBER", "one", "InvalidArgumentException"),
    ],
)
def test_an_iterator_that_says_too_little_is_refused(kind: object, number: object, error: str) -> None:
    """With AWS's error."""
    with pytest.raises(AwsError, match=error):
        records.start(kind, number, None, latest=OLDEST)


def test_a_reader_learns_how_far_behind_it_is() -> None:
    """The age of the next record; nothing at the tip."""
    waiting: Any = shard([2.0])[0]

    assert records.millis_behind(waiting, now=2.5) == 500
    assert records.millis_behind(None, now=2.5) == 0
