"""What CloudWatch hears of a box: metrics, summed up here by the minute and sent in batches, off the way of the work.

A metric that had nothing to count in an interval is not sent: absence is not zero.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cloud.log import line

log = logging.getLogger(__name__)

_BATCH = 500  # metrics of one call; CloudWatch takes 1000
_ROOM = 20_000  # sums that may wait while CloudWatch is away
_PATIENCE = 2.0  # seconds for what is left at the end


Dimensions = tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """One metric of whatever its dimensions name, in one minute (epoch seconds)."""

    dimensions: Dimensions
    metric: str
    unit: str
    minute: int


class Aggregate:
    """Sums up until somebody takes the sums. namespace: of its metrics; clock: epoch seconds."""

    def __init__(self, namespace: str, clock: Callable[[], float] = time.time) -> None:
        self.namespace = namespace
        self.clock = clock
        self._sums: dict[tuple[Dimensions, int], dict[tuple[str, str], list[float]]] = {}

    def add(self, dimensions: Dimensions, metric: str, value: float, unit: str = "Count") -> None:
        """One more value."""
        self.add_all(dimensions, [(metric, unit, value)])

    def add_all(self, dimensions: Dimensions, values: Iterable[tuple[str, str, float]]) -> None:
        """One more value of each of these metrics: name, unit, value."""
        minute = int(self.clock() // 60) * 60
        known = self._sums.get((dimensions, minute))
        if known is None:
            known = self._sums[dimensions, minute] = {}
        for metric, unit, value in values:
            sums = known.get((metric, unit))
            if sums is None:
                known[metric, unit] = [1, value, value, value]
            else:
                sums[0] += 1
                sums[1] += value
                if value < sums[2]:  # min() and max() would cost more than all the rest
                    sums[2] = value
                elif value > sums[3]:
                    sums[3] = value

    def take(self) -> dict[Series, list[float]]:
        """The sums so far, as [samples, sum, minimum, maximum]; from here on it begins anew."""
        taken, self._sums = self._sums, {}
        return {
            Series(dimensions, metric, unit, minute): sums
            for (dimensions, minute), known in taken.items()
            for (metric, unit), sums in known.items()
        }

    def give_back(self, sums: dict[Series, list[float]]) -> None:
        """They could not be sent. When there are too many, these are forgotten."""
        if sum(map(len, self._sums.values())) + len(sums) > _ROOM:
            return
        for series, old in sums.items():
            known = self._sums.setdefault((series.dimensions, series.minute), {})
            new = known.get((series.metric, series.unit))
            known[series.metric, series.unit] = old if new is None else _merged(old, new)


class Publisher:
    """Sends an aggregate's sums every so many seconds. cloudwatch: a boto3 client."""

    def __init__(self, aggregate: Aggregate, cloudwatch: Any, interval: float) -> None:
        self.aggregate = aggregate
        self.cloudwatch = cloudwatch
        self.interval = interval
        self._stop = asyncio.Event()
        self._away = False

    async def run(self) -> None:
        """Until close()."""
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), self.interval)
            except TimeoutError:
                await self._publish()

    async def close(self) -> None:
        """Send what is left, if that is quickly done."""
        self._stop.set()
        try:
            await asyncio.wait_for(self._publish(), _PATIENCE)
        except TimeoutError:
            log.warning(line("metrics-lost"))

    async def _publish(self) -> None:
        entries = list(self.aggregate.take().items())
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            try:
                await asyncio.to_thread(
                    self.cloudwatch.put_metric_data,
                    Namespace=self.aggregate.namespace,
                    MetricData=[_datum(*entry) for entry in batch],
                )
            except (ClientError, BotoCoreError) as error:
                if not self._away:
                    log.warning(line("metrics-offline", error=error))
                self._away = True
                self.aggregate.give_back(dict(entries[start:]))
                return
        self._away = self._away and not entries


def _merged(old: list[float], new: list[float]) -> list[float]:
    return [old[0] + new[0], old[1] + new[1], min(old[2], new[2]), max(old[3], new[3])]


def _datum(series: Series, sums: list[float]) -> dict[str, Any]:
    samples, total, least, most = sums
    return {
        "MetricName": series.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        "Timestamp": datetime.fromtimestamp(series.minute, UTC),
        "Unit": series.unit,
        "StatisticValues": {"SampleCount": samples, "Sum": total, "Minimum": least, "Maximum": most},
    }
