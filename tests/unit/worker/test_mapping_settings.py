"""What event source mappings may be set to, and what they answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cloud.errors import AwsError
from cloud.shards import Position
from services.worker.mappings import configuration, settings
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.sources import Kind, kind_of, name_of, stream_arn

from .records import FUNCTION, STREAM, mapping

QUEUE = "arn:aws:sqs:us-east-1:000000000000:Jobs"
FIFO = f"{QUEUE}.fifo"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/Items/stream/2026-01-01T00:00:00.000"
CONSUMER = f"{STREAM}/consumer/fast:1700000000"
FILTERS = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}


def queue(arn: str = QUEUE, **more: Any) -> EventSourceMapping:
    return configuration.created({"EventSourceArn": arn, **more}, "m-1", FUNCTION)


def updated(old: EventSourceMapping, **request: Any) -> dict[str, Any]:
    return settings.updated(old.kind, old.source_arn, old.settings, request)


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        (STREAM, Kind.KINESIS, "Input"),
        (CONSUMER, Kind.FAN_OUT, "Input"),
        (TABLE, Kind.DYNAMODB, "Items"),
        (QUEUE, Kind.SQS, "Jobs"),
        (FIFO, Kind.SQS, "Jobs.fifo"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/Items", None, "Items"),
        ("arn:aws:kafka:us-east-1:000000000000:cluster/c", None, "c"),
        ("", None, ""),
        ("arn:aws:sqs", None, "sqs"),
    ],
)
def test_an_arn_says_what_it_names(arn: str, kind: Kind | None, name: str) -> None:
    """A stream's consumer is a source of its own; a table is none, its stream is."""
    assert (kind_of(arn), name_of(arn)) == (kind, name)
    assert stream_arn(CONSUMER) == stream_arn(STREAM) == STREAM


@pytest.mark.parametrize("arn", [STREAM, CONSUMER, TABLE])
def test_a_streams_mapping_answers_with_lambdas_keys(arn: str) -> None:
    """No more and no fewer than were recorded."""
    reply = mapping(EventSourceArn=arn).reply()

    assert set(reply) == {
        *("BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn", "EventSourceMappingArn"),
        *("FunctionArn", "FunctionResponseTypes", "LastModified", "LastProcessingResult"),
        *("MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
        *("ParallelizationFactor", "StartingPosition", "State", "StateTransitionReason", "TumblingWindowInSeconds"),
        "UUID",
    }
    assert (reply["State"], reply["LastProcessingResult"]) == ("Creating", "No records processed")
    assert reply["StateTransitionReason"] == "User action"
    assert (reply["BatchSize"], reply["MaximumRetryAttempts"], reply["DestinationConfig"]) == (
        100,
        -1,
        {"OnFailure": {}},
    )


def test_a_queues_mapping_answers_with_lambdas_keys() -> None:
    """Nothing about positions, retries and results; another reason (recorded)."""
    reply = queue().reply()

    assert set(reply) == {
        *("BatchSize", "EventSourceArn", "EventSourceMappingArn", "FunctionArn", "FunctionResponseTypes"),
        *("LastModified", "MaximumBatchingWindowInSeconds", "State", "StateTransitionReason", "UUID"),
    }
    assert (reply["BatchSize"], reply["StateTransitionReason"]) == (10, "USER_INITIATED")


def test_optional_settings_are_answered_when_they_are_there() -> None:
    """Filters, metrics, scaling; empty lists of filters and metrics are none."""
    full = queue(
        FilterCriteria=FILTERS, MetricsConfig={"Metrics": ["EventCount"]}, ScalingConfig={"MaximumConcurrency": 2}
    ).reply()

    assert full["FilterCriteria"] == FILTERS
    assert full["MetricsConfig"] == {"Metrics": ["EventCount"]}
    assert full["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert {"FilterCriteria", "MetricsConfig"}.isdisjoint(
        mapping(FilterCriteria={"Filters": []}, MetricsConfig={"Metrics": []}).reply()
    )
    assert queue(ProvisionedPollerConfig={"MinimumPollers": 2}).settings["ProvisionedPollerConfig"] == {
        "MinimumPollers": 2
    }


def test_an_update_takes_back_what_it_empties() -> None:
    """{} removes filters, metrics and scaling, an empty text the destination; what is not named stays."""
    there = {"OnFailure": {"Destination": QUEUE}}
    old = mapping(DestinationConfig=there, BatchSize=7, FilterCriteria=FILTERS, FunctionResponseTypes=["x"])

    assert updated(old, DestinationConfig={"OnFailure": {"Destination": ""}})["DestinationConfig"] == {"OnFailure": {}}
    assert "FilterCriteria" not in updated(old, FilterCriteria={})
    assert updated(old, FunctionResponseTypes=[])["FunctionResponseTypes"] == []
    assert updated(old, BatchSize=8) == {**old.settings, "BatchSize": 8}
    assert "ScalingConfig" not in updated(queue(ScalingConfig={"MaximumConcurrency": 2}), ScalingConfig={})
    assert old.settings["DestinationConfig"] == there


@pytest.mark.parametrize("name", ["q", "t", "b"])
def test_destinations_are_queues_topics_and_buckets(name: str) -> None:
    """Standard ones."""
    service = {"q": "sqs:us-east-1:000000000000", "t": "sns:us-east-1:000000000000", "b": "s3::"}[name]
    arn = f"arn:aws:{service}:{name}"

    assert mapping(DestinationConfig={"OnFailure": {"Destination": arn}}).on_failure == arn


UNSUPPORTED = "Unsupported DestinationConfig parameter for given event source mapping type."


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"MaximumRecordAgeInSeconds": 59}, "[60, 604800]"),
        ({"MaximumRecordAgeInSeconds": 0}, "[60, 604800]"),
        ({"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}}, UNSUPPORTED),
        ({"DestinationConfig": {"OnFailure": {"Destination": FIFO}}}, FIFO),
        ({"DestinationConfig": {"OnFailure": {"Destination": f"{QUEUE}{'x' * 350}"}}}, "350"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:us-east-1:0:function:f"}}}, "S3 bucket"),
        ({"TumblingWindowInSeconds": 60, "FilterCriteria": FILTERS}, "FilterCriteria"),
        ({"TumblingWindowInSeconds": 60, "ParallelizationFactor": 2}, "ParallelizationFactor"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "simple string"}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"a": "aws:sqs"}'}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": FILTERS["Filters"] * 6}}, "6 filters"),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, "ScalingConfig"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, "ProvisionedPollerConfig"),
        ({"Topics": ["t"]}, "Topics"),
        ({"EventSourceArn": TABLE, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1}, TABLE),
        ({"EventSourceArn": "arn:aws:kafka:us-east-1:0:cluster/c"}, "Unrecognized event source."),
        ({"StartingPosition": None}, "Value null at 'startingPosition'"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp"),
        ({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 4e9}, "future"),
    ],
)
def test_what_a_streams_mapping_cannot_be_is_refused(request_: dict[str, Any], words: str) -> None:
    """With InvalidParameterValueException, in AWS's words where they are known."""
    with pytest.raises(AwsError, match="InvalidParameterValueException") as refusal:
        mapping(**request_)

    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("arn", "request_", "words"),
    [
        (QUEUE, {"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        (FIFO, {"BatchSize": 11}, "FIFO"),
        (FIFO, {"MaximumBatchingWindowInSeconds": 1}, "FIFO"),
        (QUEUE, {"StartingPosition": "LATEST"}, "StartingPosition"),
        (QUEUE, {"MaximumRetryAttempts": 1}, "MaximumRetryAttempts"),
        (QUEUE, {"BisectBatchOnFunctionError": True}, "BisectBatchOnFunctionError"),
        (QUEUE, {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}, UNSUPPORTED),
        (QUEUE, {"ProvisionedPollerConfig": {"MinimumPollers": 1}}, "MinimumPollers"),
        (QUEUE, {"ProvisionedPollerConfig": {"MinimumPollers": 9, "MaximumPollers": 8}}, "MaximumPollers"),
        (
            QUEUE,
            {"ProvisionedPollerConfig": {"MinimumPollers": 2}, "ScalingConfig": {"MaximumConcurrency": 2}},
            "together",
        ),
    ],
)
def test_what_a_queues_mapping_cannot_be_is_refused(arn: str, request_: dict[str, Any], words: str) -> None:
    """What belongs to streams, and what a FIFO queue has not."""
    with pytest.raises(AwsError, match="InvalidParameterValueException") as refusal:
        queue(arn, **request_)

    assert words in refusal.value.message


def test_a_large_batch_of_messages_needs_a_window_and_a_stream_does_not() -> None:
    """BatchSize above 10: recorded on both."""
    assert queue(BatchSize=10_000, MaximumBatchingWindowInSeconds=1).batch_size == 10_000
    assert mapping(BatchSize=101).window == 0
    assert queue(BisectBatchOnFunctionError=False, SourceAccessConfigurations=[]).batch_size == 10


@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        (-1e18, "InvalidParameterValueException"),
        (-1e300, "InvalidParameterValueException"),
        ("2026-01-01", "SerializationException"),
        ([1], "SerializationException"),
        (True, "SerializationException"),
    ],
)
def test_a_mapping_starts_at_a_moment(stamp: Any, code: str) -> None:
    """What is none is refused at once: a consumer that cannot use it would fail again and again."""
    with pytest.raises(AwsError, match=code):
        mapping(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=stamp)


@pytest.mark.parametrize("stamp", [-62_135_596_800, -1, 0])
def test_a_moment_before_all_streams_is_their_beginning(stamp: float) -> None:
    """It may be asked for, and a stream is asked for a moment that it can name."""
    settings = mapping(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=stamp).settings

    start = Position("AT_TIMESTAMP", settings["StartingPositionTimestamp"]).arguments()

    assert start["Timestamp"] == datetime(1970, 1, 1, tzinfo=UTC)
