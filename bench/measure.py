"""Statistics: percentiles, medians of repeats, shares of a core. Pure."""

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from demo.measure import percentile


@dataclass(frozen=True)
class Spread:
    """Percentiles of a set of durations, in the unit that went in."""

    p50: float
    p95: float
    p99: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """p50, p95 and p99 by nearest rank; zeros for no values."""
    return Spread(percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99), len(values))


def middle(values: Iterable[float]) -> float:
    """The median of repeats; 0 for none."""
    found = [value for value in values if not math.isnan(value)]
    return median(found) if found else 0.0


def ratio(value: float, limit: float) -> float:
    """value as a share of limit; 0 where there is no limit."""
    return value / limit if limit else 0.0


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope through (x, y) points; 0 for fewer than two different x."""
    if len({x for x, _ in points}) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across


def rest(seconds: float) -> None:
    """Let time pass in which nothing is done: the load that idle figures are measured under."""
    threading.Event().wait(seconds)
