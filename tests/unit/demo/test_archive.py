"""Where the archive of a match is looked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

from demo.archive import complete, hours
from demo.stream import Record


def test_every_hour_that_a_match_touched_is_looked_at() -> None:
    """In UTC, across midnight, whatever zone the caller counts in."""
    since = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    until = since + timedelta(hours=1, seconds=1)
    elsewhere = since.astimezone(timezone(timedelta(hours=5, minutes=30)))

    for moment in (since, elsewhere):
        found = [f"{hour:%Y/%m/%d/%H}" for hour in hours(moment, until)]
        assert found == ["2026/11/20/23", "2026/11/21/00", "2026/11/21/01"]


def test_the_archive_is_complete_when_every_record_is_there() -> None:
    """Also when there is more than that."""
    records = [Record("s", number, "ada", {}) for number in (1, 2)]

    assert complete(Counter({("s", 1): 1, ("s", 2): 1, ("s", 3): 1}), records)
    assert not complete(Counter({("s", 1): 2}), records)
