"""CloudWatch's metrics in MiniStack's own module."""

import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

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
    for name in ("_metric_bucket", "_evict_old_metrics", "load_persisted_state", "_put_metric_data"):
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


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": "NaN"},
        {"Value": "-Infinity"},
        {"Values": ["1", "nan"]},
        {"Values": [1, 2], "Counts": [1, None]},
        {"StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": "1e999"}},
        {"Value": "much"},
    ],
)
async def test_what_is_no_number_is_refused(mended: Metrics, datum: dict[str, Any]) -> None:
    """NaN, as a mean of nothing is, and infinity; nothing of the request is kept."""
    good = {"MetricName": "good", "Value": 1.0}
    body = json.dumps({"Namespace": "N", "MetricData": [good, {"MetricName": "m", **datum}]}).encode()
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "GraniteService.PutMetricData"}
    status, _, said = await cloudwatch.handle_request("POST", "/", headers, body, {})

    assert (status, json.loads(said)["__type"]) == (400, "InvalidParameterValue")
    assert not list(cloudwatch._metrics.items())


@pytest.mark.parametrize(("value", "status"), [("NaN", 400), ("Infinity", 400), ("1.5", 200), ("-1e3", 200)])
async def test_what_is_no_number_is_refused_in_the_query_protocol_too(mended: Metrics, value: str, status: int) -> None:
    """As older SDKs send it."""
    fields = {"Action": "PutMetricData", "Namespace": "N", "MetricData.member.1.MetricName": "m"}
    body = urlencode({**fields, "MetricData.member.1.Value": value}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = await cloudwatch.handle_request("POST", "/", headers, body, {})

    assert reply[0] == status
    assert bool(list(cloudwatch._metrics.items())) == (status == 200)


def test_a_value_that_was_no_number_does_not_come_back(mended: Metrics, clock: Clock) -> None:
    """A file of state has null in its place, and CloudWatch answered nobody any more."""
    put(clock.now, math.nan)
    put(clock.now, 2.0)
    text = encode(persistence, "cloudwatch", cloudwatch.get_state)
    assert text
    cloudwatch.reset()
    cloudwatch.load_persisted_state(json.loads(text, object_hook=persistence._json_object_hook)["payload"])
    clock.now += 10 * 60
    cloudwatch._evict_old_metrics()

    assert [point["Value"] for point in cloudwatch._metrics[KEY]] == [2.0]
