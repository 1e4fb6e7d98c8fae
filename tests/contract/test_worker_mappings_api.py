"""Lambda's API of event source mappings: what may be asked for, what is answered, in which words it is refused."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cloud.wait import until

from .worker_events import function
from .worker_stack import REGION, Stack, running

pytestmark = pytest.mark.emulator

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/Api"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:Api"
FIFO = "arn:aws:sqs:us-east-1:000000000000:Api.fifo"
FILTERS = {"Filters": [{"Pattern": '{"partitionKey": ["a"]}'}]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("api")) as stack:
        stack.worker()
        stack.stream("Api")
        stack.sqs.create_queue(QueueName="Api")
        stack.sqs.create_queue(QueueName="Api.fifo", Attributes={"FifoQueue": "true"})
        function(stack, "api")
        function(stack, "slow", Timeout=60)
        yield stack


@pytest.fixture
def made(stack: Stack) -> Iterator[list[str]]:
    """Mappings that the test makes, deleted at its end."""
    uuids: list[str] = []
    yield uuids
    for uuid in uuids:
        stack.api.delete_event_source_mapping(UUID=uuid)
    until(lambda: not stack.api.list_event_source_mappings()["EventSourceMappings"], 60, what="no mappings")


def create(stack: Stack, made: list[str], source: str = STREAM, **settings: Any) -> dict[str, Any]:
    if source == STREAM:
        settings = {"StartingPosition": "LATEST", **settings}
    reply: dict[str, Any] = stack.api.create_event_source_mapping(
        **{"FunctionName": "api", "EventSourceArn": source, **settings}
    )
    made.append(reply["UUID"])
    return reply


def refusal(call: Any, **arguments: Any) -> tuple[int, str, str]:
    """The status, the code and the text with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**{name: value for name, value in arguments.items() if value is not None})
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_mapping_of_a_stream_answers_and_settles(stack: Stack, made: list[str]) -> None:
    """202 Creating, then Enabled; the recorded keys and no other."""
    reply = create(stack, made)
    stack.wait_for_state(reply["UUID"], "Enabled")
    found = stack.api.get_event_source_mapping(UUID=reply["UUID"])

    assert (reply["ResponseMetadata"]["HTTPStatusCode"], reply["State"]) == (202, "Creating")
    assert set(found) - {"ResponseMetadata"} == {
        *("BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn", "EventSourceMappingArn"),
        *("FunctionArn", "FunctionResponseTypes", "LastModified", "LastProcessingResult"),
        *("MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
        *("ParallelizationFactor", "StartingPosition", "State", "StateTransitionReason", "TumblingWindowInSeconds"),
        "UUID",
    }
    assert found["EventSourceMappingArn"].endswith(f":event-source-mapping:{reply['UUID']}")
    assert found["LastProcessingResult"] == "No records processed"


def test_a_mapping_of_a_queue_answers_and_settles(stack: Stack, made: list[str]) -> None:
    """Its keys are fewer, its reason another one."""
    reply = create(
        stack, made, QUEUE, ScalingConfig={"MaximumConcurrency": 2}, MetricsConfig={"Metrics": ["EventCount"]}
    )
    stack.wait_for_state(reply["UUID"], "Enabled")
    found = stack.api.get_event_source_mapping(UUID=reply["UUID"])

    assert set(found) - {"ResponseMetadata"} == {
        *("BatchSize", "EventSourceArn", "EventSourceMappingArn", "FunctionArn", "FunctionResponseTypes"),
        *("LastModified", "MaximumBatchingWindowInSeconds", "MetricsConfig", "ScalingConfig", "State"),
        *("StateTransitionReason", "UUID"),
    }
    assert (found["StateTransitionReason"], found["BatchSize"]) == ("USER_INITIATED", 10)


def test_an_update_changes_what_it_names_and_may_take_back(stack: Stack, made: list[str]) -> None:
    """{} removes filters, an empty text the destination; the state is Updating and then Enabled again."""
    uuid = create(stack, made, FilterCriteria=FILTERS, DestinationConfig={"OnFailure": {"Destination": QUEUE}})["UUID"]
    stack.wait_for_state(uuid, "Enabled")
    reply = stack.api.update_event_source_mapping(
        UUID=uuid, BatchSize=7, FilterCriteria={}, DestinationConfig={"OnFailure": {"Destination": ""}}
    )
    stack.wait_for_state(uuid, "Enabled")

    assert (reply["ResponseMetadata"]["HTTPStatusCode"], reply["State"], reply["BatchSize"]) == (202, "Updating", 7)
    assert reply["DestinationConfig"] == {"OnFailure": {}}
    assert "FilterCriteria" not in reply
    assert reply["StartingPosition"] == "LATEST"


def test_a_mapping_that_is_created_disabled_stays_so(stack: Stack, made: list[str]) -> None:
    """Creating, then Disabled, until it is enabled."""
    uuid = create(stack, made, Enabled=False)["UUID"]
    stack.wait_for_state(uuid, "Disabled")

    assert stack.api.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    stack.wait_for_state(uuid, "Enabled")


def test_mappings_are_listed_by_function_and_source_and_in_pages(stack: Stack, made: list[str]) -> None:
    """A bare name lists no alias's mappings; MaxItems and Marker go through all of them."""
    version = stack.api.publish_version(FunctionName="api")["Version"]
    stack.api.create_alias(FunctionName="api", Name="live", FunctionVersion=version)
    bare = create(stack, made)["UUID"]
    alias = create(stack, made, FunctionName="api:live")["UUID"]
    queue = create(stack, made, QUEUE)["UUID"]

    def listed(**wanted: Any) -> list[str]:
        pages = stack.api.get_paginator("list_event_source_mappings").paginate(**wanted)
        return sorted(one["UUID"] for page in pages for one in page["EventSourceMappings"])

    assert listed(FunctionName="api") == sorted([bare, queue])
    assert listed(FunctionName="api:live") == [alias]
    assert listed(EventSourceArn=STREAM) == sorted([bare, alias])
    assert listed(FunctionName="api", EventSourceArn=STREAM) == [bare]
    assert listed(PaginationConfig={"PageSize": 1}) == sorted(made)
    first = stack.api.list_event_source_mappings(MaxItems=2)
    assert (len(first["EventSourceMappings"]), bool(first["NextMarker"])) == (2, True)


def test_the_same_pair_twice_is_a_conflict(stack: Stack, made: list[str]) -> None:
    """409, in other words for a queue; another qualifier of the function is another pair."""
    stream, queue = create(stack, made)["UUID"], create(stack, made, QUEUE)["UUID"]
    call, pair = stack.api.create_event_source_mapping, {"FunctionName": "api", "StartingPosition": "LATEST"}

    assert refusal(call, EventSourceArn=STREAM, **pair) == (
        409,
        "ResourceConflictException",
        f'The event source arn (" {STREAM} ") and function (" api ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {stream}",
    )
    assert refusal(call, EventSourceArn=QUEUE, FunctionName="api") == (
        409,
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {QUEUE} ") and function (" api ") already exists. '
        f"Please update or delete the existing mapping with UUID {queue}",
    )


def test_an_unknown_mapping_is_not_found(stack: Stack) -> None:
    """404 for all calls that name one."""
    expected = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    uuid = "00000000-0000-0000-0000-000000000000"

    assert refusal(stack.api.get_event_source_mapping, UUID=uuid) == expected
    assert refusal(stack.api.update_event_source_mapping, UUID=uuid, BatchSize=1) == expected
    assert refusal(stack.api.delete_event_source_mapping, UUID=uuid) == expected


INVALID = "InvalidParameterValueException"
MISSING_QUEUE = (
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
    "SQS Error Message: The specified queue does not exist."
)
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/Nothing/stream/2026-01-01T00:00:00.000"


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"StartingPosition": None}, INVALID, "1 validation error detected: Value null at 'startingPosition'"),
        ({"StartingPosition": "x"}, "ValidationException", "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]"),
        ({"EventSourceArn": f"{STREAM}X"}, INVALID, f"Stream not found: {STREAM}X"),
        ({"EventSourceArn": f"{STREAM}/consumer/c:1"}, INVALID, f"Stream not found: {STREAM}/consumer/c:1"),
        ({"EventSourceArn": TABLE}, INVALID, f"Stream not found: {TABLE}"),
        (
            {"EventSourceArn": TABLE, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1},
            INVALID,
            f"Unsupported starting position for arn type: {TABLE}",
        ),
        ({"EventSourceArn": f"{QUEUE}X", "StartingPosition": None}, INVALID, MISSING_QUEUE),
        (
            {"EventSourceArn": QUEUE, "StartingPosition": None, "BatchSize": 11},
            INVALID,
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        ({"EventSourceArn": FIFO, "StartingPosition": None, "BatchSize": 11}, INVALID, "10"),
        (
            {"EventSourceArn": FIFO, "StartingPosition": None, "MaximumBatchingWindowInSeconds": 1},
            INVALID,
            "MaximumBatchingWindowInSeconds",
        ),
        (
            {"EventSourceArn": QUEUE, "StartingPosition": None, "FunctionName": "slow"},
            INVALID,
            "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
        ),
        ({"EventSourceArn": None}, INVALID, "Unrecognized event source."),
        ({"EventSourceArn": "arn:aws:mq:us-east-1:000000000000:broker:x"}, INVALID, "Unrecognized event source."),
        ({"FunctionName": "nobody"}, INVALID, "Function does not exist"),
        ({"FunctionName": "api:nobody"}, INVALID, "Function does not exist"),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}},
            INVALID,
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
        ({"DestinationConfig": {"OnFailure": {"Destination": FIFO}}}, INVALID, FIFO),
        ({"MaximumRecordAgeInSeconds": 59}, INVALID, "MaximumRecordAgeInSeconds"),
        ({"MaximumRecordAgeInSeconds": 604801}, "ValidationException", "maximumRecordAgeInSeconds"),
        ({"BatchSize": 10001}, "ValidationException", "batchSize"),
        ({"BatchSize": 0}, "ValidationException", "batchSize"),
        ({"MaximumBatchingWindowInSeconds": 301}, "ValidationException", "maximumBatchingWindowInSeconds"),
        ({"ParallelizationFactor": 11}, "ValidationException", "parallelizationFactor"),
        ({"MaximumRetryAttempts": 10001}, "ValidationException", "maximumRetryAttempts"),
        ({"TumblingWindowInSeconds": 901}, "ValidationException", "tumblingWindowInSeconds"),
        ({"TumblingWindowInSeconds": 60, "FilterCriteria": FILTERS}, INVALID, "FilterCriteria"),
        ({"TumblingWindowInSeconds": 60, "ParallelizationFactor": 2}, INVALID, "ParallelizationFactor"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, INVALID, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": "x" * 4097}]}}, "ValidationException", "pattern"),
        ({"ScalingConfig": {"MaximumConcurrency": 1}}, "ValidationException", "maximumConcurrency"),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, INVALID, "ScalingConfig"),
    ],
)
def test_what_makes_no_sense_is_refused_in_lambdas_words(
    stack: Stack, settings: dict[str, Any], code: str, words: str
) -> None:
    """The table recorded on AWS, and the documented ranges."""
    request = {"FunctionName": "api", "EventSourceArn": STREAM, "StartingPosition": "LATEST", **settings}
    config = boto3.session.Config(parameter_validation=False, retries={"total_max_attempts": 1})
    url = f"http://127.0.0.1:{stack.workers[0].port}"

    with closing(boto3.client("lambda", endpoint_url=url, region_name=REGION, config=config)) as unchecked:
        status, refused, message = refusal(unchecked.create_event_source_mapping, **request)

    assert (status, refused) == (400, code)
    assert words in message


def test_an_update_is_held_to_the_same_rules(stack: Stack, made: list[str]) -> None:
    """What the settings would be together counts."""
    uuid = create(stack, made, FilterCriteria=FILTERS)["UUID"]
    call = stack.api.update_event_source_mapping

    assert refusal(call, UUID=uuid, TumblingWindowInSeconds=60)[1] == INVALID
    assert refusal(call, UUID=uuid, FunctionName="nobody")[2] == "Function does not exist"
    assert refusal(call, UUID=uuid, FilterCriteria={"Filters": [{"Pattern": "x"}]})[1] == INVALID
    assert stack.api.get_event_source_mapping(UUID=uuid)["TumblingWindowInSeconds"] == 0
