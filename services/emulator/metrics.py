"""CloudWatch's metrics, mended: a metric's datapoints are a few dozen bytes a minute (datapoints), and what is too old
is looked for once a minute. MiniStack goes through all datapoints of all metrics on every call.

MiniStack also takes what is no number. NaN cannot be written as JSON: out of the file of state comes nothing in its
place, and no call to CloudWatch got past that any more.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.emulator.datapoints import Datapoints
from services.emulator.patch import put

INTERVAL = 60.0  # seconds between two looks
_NUMBER = re.compile(r"MetricData\.member\.\d+\.(Value|(Values|Counts)\.member\.\d+|StatisticValues\.\w+)")


class Metrics:
    """The mend. cloudwatch: MiniStack's module; clock: epoch seconds."""

    def __init__(self, cloudwatch: Any, clock: Callable[[], float] = time.time) -> None:
        self.cloudwatch = cloudwatch
        self.clock = clock
        self._next = 0.0

    def install(self) -> None:
        """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
        put(self.cloudwatch, "_metric_bucket", self.datapoints)
        put(self.cloudwatch, "_evict_old_metrics", self.condense)
        self._restore = put(self.cloudwatch, "load_persisted_state", self.load)
        self._put = put(self.cloudwatch, "_put_metric_data", self.put_metric_data)

    def put_metric_data(self, params: Mapping[str, Any], data: Mapping[str, Any], cbor: bool, json: bool) -> Any:
        """PutMetricData: all of a request's data, or none when there is something among it that is no number."""
        wrong = [one for one in _numbers(params, data) if not _is_finite(one)]
        if wrong:
            text = f"The value {wrong[0]} for parameter MetricData is not supported."
            return self.cloudwatch._error("InvalidParameterValue", text, 400, use_json=json, use_cbor=cbor)
        return self._put(params, data, cbor, json)

    def datapoints(self, key: Any) -> Datapoints:
        """A metric's datapoints, in the account and region of the request; made when there are none."""
        found: Datapoints | None = self.cloudwatch._metrics.get(key)
        if found is None:
            found = self.cloudwatch._metrics[key] = Datapoints(self.cloudwatch._point_stats)
        return found

    def condense(self) -> None:
        """Make older datapoints coarser, and let go of the oldest; does nothing when that was done a moment ago."""
        now = self.clock()
        if now < self._next:
            return
        self._next = now + INTERVAL
        metrics = self.cloudwatch._metrics
        for (account, region, key), points in metrics.all_items():
            points.condense(now, now - self.cloudwatch.TWO_WEEKS_SECONDS)
            if not points:
                metrics.pop_scoped(account, region, key)

    def load(self, payload: dict[str, Any]) -> None:
        """Take up cloudwatch.json."""
        self._restore(payload)
        metrics = self.cloudwatch._metrics
        for (account, region, key), kept in metrics.all_items():
            points = Datapoints(self.cloudwatch._point_stats)
            points.take_up(kept)
            metrics.set_scoped(account, region, key, points)


def _numbers(params: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Any]:
    """What should be numbers in a PutMetricData. params: of the query protocol; data: of the others."""
    for datum in data.get("MetricData") or ():
        if datum.get("Value") is not None:
            yield datum["Value"]
        yield from datum.get("Values") or ()
        yield from datum.get("Counts") or ()
        yield from (datum.get("StatisticValues") or {}).values()
    for name, given in params.items():
        if _NUMBER.fullmatch(name):
            yield from filter(None, given)


def _is_finite(given: Any) -> bool:
    try:
        return math.isfinite(float(given))
    except (TypeError, ValueError, OverflowError):
        return False
