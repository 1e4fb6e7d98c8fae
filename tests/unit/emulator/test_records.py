"""Reading and trimming a shard's records."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import AwsError
from services.emulator import records
from services.emulator.sequence import OLDEST, SequenceNumbers
from services.emulator.shards import Shard
from services.emulator.stream_log import record


def shard(arrivals: list[float], data: bytes = b"x") -> Shard:
    """A shard with a record for each of these times."""
    times = iter(arrivals)
    numbers = SequenceNumbers(lambda: next(times))
    return {"records": [record(numbers.issue(), "k", base64.b64encode(data).decode()) for _ in arrivals]}


def sequence(of: Shard, index: int) -> str:
    return str(of["records"][index]["SequenceNumber"])


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 4))
@settings(deadline=None)
def test_pages_join_to_all_records_even_when_the_front_is_trimmed_between_them(gaps: list[int], limit: int) -> None:
    """A reader that has read the trimmed records does not miss one behind them."""
    of = shard([float(sum(gaps[: i + 1])) for i in range(len(gaps))])
    everything = list(of["records"])
    read: list[Any] = []
    after = OLDEST
    while page := records.page(of["records"], after, limit)[0]:
        read += page
        after = page[-1]["SequenceNumber"]
        records.trim(of, page[-1]["ApproximateArrivalTimestamp"] + records.TRIM_EVERY)

    assert read == everything


def test_a_page_holds_ten_mebibytes_at_most_but_always_one_record() -> None:
    """Eleven of one mebibyte make a page of ten; one that is larger than a page comes alone."""
    of = shard([float(i) for i in range(11)], bytes(1024 * 1024))
    huge = shard([1.0, 2.0], bytes(records.PAGE_BYTES + 1))

    assert len(records.page(of["records"], OLDEST, 10_000)[0]) == 10
    assert len(records.page(huge["records"], OLDEST, 10_000)[0]) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("TRIM_HORIZON", 0), ("AT_SEQUENCE_NUMBER", 1), ("AFTER_SEQUENCE_NUMBER", 2), ("LATEST", 3)],
)
def test_an_iterator_starts_where_its_type_says(kind: str, expected: int) -> None:
    """Three records; the number given is the second's."""
    of = shard([1.0, 2.0, 3.0])
    after = records.start(of, kind, sequence(of, 1), None, latest=sequence(of, 2))

    assert records.page(of["records"], after, 10)[0] == of["records"][expected:]


@pytest.mark.parametrize(("timestamp", "expected"), [(0, 0), (2.0, 1), (2.001, 2), (9, 3)])
def test_at_timestamp_starts_at_the_first_record_that_is_not_older(timestamp: float, expected: int) -> None:
    """Older than all is the trim horizon, younger than all is the tip."""
    of = shard([1.0, 2.0, 3.0])
    after = records.start(of, "AT_TIMESTAMP", None, timestamp, latest=sequence(of, 2))

    assert records.page(of["records"], after, 10)[0] == of["records"][expected:]


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
        records.start(shard([1.0]), kind, number, None, latest=OLDEST)


def test_a_reader_learns_how_far_behind_it_is() -> None:
    """The age of the next record; nothing at the tip."""
    of = shard([1.0, 2.0])

    assert records.millis_behind(of["records"], 1, now=2.5) == 500
    assert records.millis_behind(of["records"], 2, now=2.5) == 0
