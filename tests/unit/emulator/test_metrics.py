"""CloudWatch's metrics in MiniStack's own module."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import persistence
from ministack.services import cloudwatch

from services.emulator.datapoints import Datapoints
from services.emulator.metrics import INTERVAL, Metrics
from services.emulator.state import encode
from tests.unit.emulator.streams import Clock

KEY = ("N", "m", "a=b")
DAY = 86400


@pytest.fixture
def clock() -> Clock:
    """Stands until it is set."""
    return Clock()


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Metrics]:
    """The mend in place, until the test is over."""
    for name in ("_metric_bucket", "_evict_old_metrics", "load_persisted_state"):
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    made = Metrics(cloudwatch, clock)
    made.install()
    yield made
    cloudwatch.reset()


def put(time: float, value: float) -> None:
    cloudwatch._store_datum("N", "m", {"a": "b"}, time, "Count", value, None, None, None)


def test_datapoints_get_coarser_once_a_minute(mended: Metrics, clock: Clock) -> None:
    """MiniStack asks on every call."""
    begin = clock.now // 60 * 60
    for second in range(60):
        put(begin + second / 2, 1.0)
    cloudwatch._evict_old_metrics()
    clock.now += INTERVAL - 1
    cloudwatch._evict_old_metrics()
    assert len(cloudwatch._metrics[KEY]) == 60
    clock.now += 10 * 60
    cloudwatch._evict_old_metrics()

    assert len(cloudwatch._metrics[KEY]) == 30
    clock.now += DAY
    cloudwatch._evict_old_metrics()

    assert len(cloudwatch._metrics[KEY]) == 1
    assert cloudwatch._calc_stats(cloudwatch._metrics[KEY])["Sum"] == 60


def test_a_metric_of_two_weeks_ago_is_gone(mended: Metrics, clock: Clock) -> None:
    """Also from the list of metrics."""
    put(clock.now, 1.0)
    cloudwatch._evict_old_metrics()
    clock.now += 15 * DAY
    cloudwatch._evict_old_metrics()

    assert KEY not in cloudwatch._metrics


def test_metrics_come_back_from_the_file_of_state(mended: Metrics, clock: Clock) -> None:
    """With their dimensions, sums and what is as it came."""
    put(clock.now - DAY, 2.0)
    put(clock.now, 3.0)
    cloudwatch._evict_old_metrics()
    before = list(cloudwatch._metrics[KEY])
    text = encode(persistence, "cloudwatch", cloudwatch.get_state)
    assert text
    cloudwatch.reset()
    payload: Any = json.loads(text, object_hook=persistence._json_object_hook)["payload"]
    cloudwatch.load_persisted_state(payload)

    assert isinstance(cloudwatch._metrics[KEY], Datapoints)
    assert list(cloudwatch._metrics[KEY]) == before
