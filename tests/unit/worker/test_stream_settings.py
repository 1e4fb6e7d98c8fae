"""Destinations and windows: settings of a stream's mapping that do not go together."""

from typing import Any

import pytest

from cloud.errors import AwsError
from services.worker.mappings import settings as mapping_settings
from services.worker.mappings.sources import Kind

from .records import STREAM, mapping

QUEUE = "arn:aws:sqs:us-east-1:000000000000:Failures"
FILTERS = {"Filters": [{"Pattern": '{"partitionKey": ["a"]}'}]}


@pytest.mark.parametrize(
    "settings",
    [
        {"TumblingWindowInSeconds": 60, "ParallelizationFactor": 2},
        {"TumblingWindowInSeconds": 60, "FilterCriteria": FILTERS},
        {"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}},
        {"DestinationConfig": {"OnFailure": {"Destination": f"{QUEUE}.fifo"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:Topic.fifo"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:events:us-east-1:000000000000:bus"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::" + "b" * 350}}},
    ],
)
def test_what_does_not_go_together_is_refused(settings: dict[str, Any]) -> None:
    """At creation and at every update."""
    with pytest.raises(AwsError) as refusal:
        mapping(**settings)

    assert refusal.value.code == "InvalidParameterValueException"
    with pytest.raises(AwsError):
        mapping_settings.updated(Kind.KINESIS, STREAM, mapping().settings, settings)


@pytest.mark.parametrize("destination", [QUEUE, "arn:aws:sns:us-east-1:000000000000:Topic", "arn:aws:s3:::bucket"])
def test_a_queue_a_topic_and_a_bucket_are_destinations(destination: str) -> None:
    """And an empty one takes the destination away again."""
    made = mapping(DestinationConfig={"OnFailure": {"Destination": destination}})

    assert made.on_failure == destination

    none = {"DestinationConfig": {"OnFailure": {"Destination": ""}}}
    updated = mapping_settings.updated(Kind.KINESIS, STREAM, made.settings, none)

    assert updated["DestinationConfig"] == {"OnFailure": {}}
