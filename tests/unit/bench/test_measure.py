"""Percentiles, medians, slopes."""

import math

import pytest

from bench.measure import middle, ratio, slope, spread


def test_a_spread_names_percentiles_by_nearest_rank() -> None:
    """Of 1 to 200: the middle one, and those that five and one in a hundred are above."""
    found = spread([float(number) for number in range(200, 0, -1)])

    assert (found.p50, found.p95, found.p99, found.count) == (101, 191, 199, 200)


def test_a_spread_of_nothing_is_zero() -> None:
    """A run without an answer has no latency, and no error either."""
    assert spread([]).p99 == 0
    assert spread([]).count == 0


def test_repeats_count_by_their_median() -> None:
    """One repeat that was disturbed changes nothing; what could not be measured is left out."""
    assert middle([10, 900, 11]) == 11
    assert middle([1, math.nan]) == 1
    assert middle([]) == 0


def test_a_share_of_no_limit_is_none() -> None:
    """Nothing is divided by zero."""
    assert ratio(3, 4) == 0.75
    assert ratio(3, 0) == 0


def test_a_slope_is_growth_for_each_step() -> None:
    """The least-squares line; one point has no slope."""
    assert slope([(0, 5), (10, 7), (20, 9)]) == pytest.approx(0.2)
    assert slope([(0, 1), (1, 2), (2, 1)]) == pytest.approx(0)
    assert slope([(3, 1)]) == 0
