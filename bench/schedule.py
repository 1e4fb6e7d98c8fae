"""Open-loop schedules: when each request is to be sent, whatever became of those before it. Pure.

A latency counts from the intended moment. A slow server cannot make itself look fast by slowing its callers down, and
a late load generator shows in the figures instead of hiding behind them.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """rate: requests a second; seconds: of measuring; warm_up: seconds before that, whose answers do not count."""

    rate: float
    seconds: float
    warm_up: float = 0.0

    @property
    def measured(self) -> int:
        """How many requests count."""
        return round(self.rate * self.seconds)

    def moments(self) -> Iterator[tuple[float, bool]]:
        """(seconds after the start, whether it counts) of every request, evenly spaced."""
        before = round(self.rate * self.warm_up)
        for number in range(before + self.measured):
            yield number / self.rate, number >= before
