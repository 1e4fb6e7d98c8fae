"""What CloudWatch hears: the counts of events, as recorded on AWS, and sums over a minute."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cloud.cloudwatch import Publisher
from services.worker import metrics
from services.worker.cloudwatch import Aggregate
from services.worker.polling import counting
from services.worker.polling.outcome import Answer, Batch, Kind

from .records import mapping, records

ASKED: dict[str, Any] = {"MetricsConfig": {"Metrics": ["EventCount"]}}


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> Aggregate:
    """An aggregate of the test's own."""
    aggregate = Aggregate(lambda: 90.0)
    monkeypatch.setattr(metrics, "CLOUDWATCH", aggregate)
    return aggregate


def taken(aggregate: Aggregate) -> dict[str, float]:
    return {series.metric: values[1] for series, values in aggregate.take().items()}


def test_three_bad_records_with_a_destination(sums: Aggregate) -> None:
    """Polled 3, Invoked 3, Failed 3, Delivered 3; Dropped has no datapoint (recorded)."""
    batch = Batch(records(1, 2, 3))
    counting.polled(mapping(**ASKED), 3, 3)
    counting.invoked(mapping(**ASKED), batch, Answer(Kind.FUNCTION_ERROR))
    counting.given_up(mapping(**ASKED), 3, reported=True)

    assert taken(sums) == {
        "PolledEventCount": 3,
        "InvokedEventCount": 3,
        "FailedInvokeEventCount": 3,
        "OnFailureDestinationDeliveredEventCount": 3,
    }


def test_an_idle_poll_counts_as_nothing_and_other_metrics_stay_away(sums: Aggregate) -> None:
    """PolledEventCount is 0 in idle minutes, the others are absent; a mapping that does not ask has none."""
    counting.polled(mapping(**ASKED), 0, 0)
    assert taken(sums) == {"PolledEventCount": 0}

    counting.polled(mapping(), 3, 2)
    assert taken(sums) == {}


def test_filters_and_reports_count_events(sums: Aggregate) -> None:
    """Two were filtered out; of three that were delivered, the last two are to be retried."""
    asked = mapping(**ASKED, FunctionResponseTypes=["ReportBatchItemFailures"])
    answer = b'{"batchItemFailures": [{"itemIdentifier": "2"}]}'
    counting.polled(asked, 5, 3)
    counting.invoked(asked, Batch(records(1, 2, 3)), Answer(Kind.RETURNED, answer))

    said = taken(sums)
    assert (said["FilteredOutEventCount"], said["InvokedEventCount"], said["FailedInvokeEventCount"]) == (2, 3, 2)


def test_values_are_summed_up_by_minute() -> None:
    """As a statistic set: samples, sum, minimum, maximum."""
    now = 61.0
    aggregate = Aggregate(lambda: now)
    for value in (3.0, 1.0, 2.0):
        aggregate.function("f", "Duration", value, "Milliseconds")
    now = 121.0
    aggregate.function("f", "Duration", 7.0, "Milliseconds")

    assert {series.minute: values for series, values in aggregate.take().items()} == {
        60: [3, 6.0, 1.0, 3.0],
        120: [1, 7.0, 7.0, 7.0],
    }


class CloudWatch:
    """Refuses the first calls, so many as offline says."""

    def __init__(self, offline: int = 0) -> None:
        self.offline = offline
        self.got: list[dict[str, Any]] = []

    def put_metric_data(self, **call: Any) -> None:
        if self.offline:
            self.offline -= 1
            raise EndpointConnectionError(endpoint_url="http://nowhere")
        self.got.append(call)


async def test_what_cannot_be_sent_is_sent_later() -> None:
    """Sums wait while CloudWatch is away, and go on growing."""
    aggregate, cloudwatch = Aggregate(lambda: 60.0), CloudWatch(offline=1)
    aggregate.function("f", "Invocations", 1)
    await Publisher(aggregate, cloudwatch, 60).close()
    aggregate.function("f", "Invocations", 1)
    await Publisher(aggregate, cloudwatch, 60).close()

    (call,) = cloudwatch.got
    (datum,) = call["MetricData"]
    assert (call["Namespace"], datum["Dimensions"]) == ("AWS/Lambda", [{"Name": "FunctionName", "Value": "f"}])
    assert datum["StatisticValues"] == {"SampleCount": 2, "Sum": 2, "Minimum": 1, "Maximum": 1}
