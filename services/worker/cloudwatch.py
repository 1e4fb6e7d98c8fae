"""What CloudWatch hears of the worker: the metrics of namespace AWS/Lambda, summed up here and sent in batches.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html. A metric that had nothing to count in an
interval is not sent: absence is not zero.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cloud.log import line

log = logging.getLogger(__name__)

NAMESPACE = "AWS/Lambda"
_BATCH = 500  # metrics of one call; CloudWatch takes 1000
_ROOM = 20_000  # sums that may wait while CloudWatch is away
_PATIENCE = 2.0  # seconds for what is left at the end


class Series(NamedTuple):
    """One metric of one function or mapping, in one minute (epoch seconds)."""

    dimension: str
    value: str
    metric: str
    unit: str
    minute: int


class Aggregate:
    """Sums up until somebody takes the sums. clock: epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._sums: dict[Series, list[float]] = {}

    def function(self, name: str, metric: str, value: float, unit: str = "Count") -> None:
        """A metric of a function."""
        self._add(Series("FunctionName", name, metric, unit, self._minute()), value)

    def mapping(self, uuid: str, metric: str, count: int) -> None:
        """One of the EventCount metrics of an event source mapping; 0 is counted, too."""
        self._add(Series("EventSourceMappingUUID", uuid, metric, "Count", self._minute()), count)

    def take(self) -> dict[Series, list[float]]:
        """The sums so far, as [samples, sum, minimum, maximum]; from here on it begins anew."""
        sums, self._sums = self._sums, {}
        return sums

    def give_back(self, sums: dict[Series, list[float]]) -> None:
        """They could not be sent. When there are too many, these are forgotten."""
        if len(self._sums) + len(sums) > _ROOM:
            return
        for series, old in sums.items():
            new = self._sums.get(series)
            self._sums[series] = old if new is None else _merged(old, new)

    def _minute(self) -> int:
        return int(self.clock() // 60) * 60

    def _add(self, series: Series, value: float) -> None:
        known = self._sums.get(series)
        self._sums[series] = [1, value, value, value] if known is None else _merged(known, [1, value, value, value])


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
                    self.cloudwatch.put_metric_data, Namespace=NAMESPACE, MetricData=[_datum(*entry) for entry in batch]
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
        "Dimensions": [{"Name": series.dimension, "Value": series.value}],
        "Timestamp": datetime.fromtimestamp(series.minute, UTC),
        "Unit": series.unit,
        "StatisticValues": {"SampleCount": samples, "Sum": total, "Minimum": least, "Maximum": most},
    }
