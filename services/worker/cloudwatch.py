"""What CloudWatch hears of the worker: the metrics of namespace AWS/Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import time
from collections.abc import Callable

from cloud import cloudwatch


class Aggregate(cloudwatch.Aggregate):
    """The sums of functions and mappings. clock: epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__("AWS/Lambda", clock)

    def function(self, name: str, metric: str, value: float, unit: str = "Count") -> None:
        """A metric of a function."""
        self.add((("FunctionName", name),), metric, value, unit)

    def mapping(self, uuid: str, metric: str, count: int) -> None:
        """One of the EventCount metrics of an event source mapping; 0 is counted, too."""
        self.add((("EventSourceMappingUUID", uuid),), metric, count)
