"""When an open loop sends."""

import pytest

from bench.schedule import Schedule


def test_requests_are_evenly_spaced_and_the_warm_up_does_not_count() -> None:
    """Four a second for a second and a half, half a second of it warm-up."""
    moments = list(Schedule(4, 1.0, warm_up=0.5).moments())

    assert [at for at, _ in moments] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1.25])
    assert [counts for _, counts in moments] == [False, False, True, True, True, True]


def test_as_many_count_as_the_rate_asks_for() -> None:
    """A rate that is no whole number of requests is rounded over the whole time, not each second."""
    schedule = Schedule(667, 10)

    assert schedule.measured == 6670
    assert sum(counts for _, counts in schedule.moments()) == 6670
