"""CloudWatch's metrics, mended: a metric's datapoints are a few dozen bytes a minute (datapoints), and what is too old
is looked for once a minute. MiniStack goes through all datapoints of all metrics on every call.
"""

import time
from collections.abc import Callable
from typing import Any

from services.emulator.datapoints import Datapoints
from services.emulator.patch import put

INTERVAL = 60.0  # seconds between two looks


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
