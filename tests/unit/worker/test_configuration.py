"""What functions and mappings may be set to."""

from pathlib import Path
from typing import Any

import pytest

from cloud.errors import AwsError
from services.worker.functions import configuration as functions
from services.worker.mappings import configuration as mappings

from .records import mapping

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


def request(folder: Path, **more: Any) -> dict[str, Any]:
    code = {"S3Bucket": "hot-reload", "S3Key": str(folder)}
    return {"Handler": "app.handler", "Runtime": "python3.13", "Role": "r", "Code": code, **more}


def test_what_a_function_does_not_say_is_lambdas_default(tmp_path: Path) -> None:
    """3 seconds, 128 MB, active at once."""
    function = functions.created(request(tmp_path), ARN)

    assert (function.name, function.timeout, function.memory) == ("f", 3, 128)
    assert function.configuration["State"] == "Active"


def test_a_change_makes_another_revision(tmp_path: Path) -> None:
    """Running environments are told apart from new ones by it; what the request does not name stays."""
    function = functions.created(request(tmp_path, Environment={"Variables": {"A": "1"}}), ARN)

    changed = functions.reconfigured(function, {"Timeout": 9})

    assert changed.revision != function.revision
    assert (changed.timeout, changed.variables) == (9, {"A": "1"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"A": "x" * 4097}}}, "4KB limit"),
        ({"Runtime": "nodejs20.x"}, "nodejs20.x"),
        ({"Code": {"S3Bucket": "hot-reload", "S3Key": "/no/such/folder"}}, "/no/such/folder"),
        ({"Code": {"ZipFile": "UEsDBA=="}}, "hot-reload"),
        ({"Handler": None}, "Runtime and Handler are mandatory"),
    ],
)
def test_what_cannot_run_here_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """With InvalidParameterValueException, and words that say what is wrong."""
    with pytest.raises(AwsError, match="InvalidParameterValueException") as refusal:
        functions.created(request(tmp_path, **change), ARN)

    assert words in refusal.value.message


def test_a_mapping_answers_with_lambdas_keys() -> None:
    """Those of a stream's mapping, no more and no fewer (recorded)."""
    reply = mapping().reply()

    assert set(reply) == {
        *("BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn", "EventSourceMappingArn"),
        *("FunctionArn", "FunctionResponseTypes", "LastModified", "LastProcessingResult"),
        *("MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
        *("ParallelizationFactor", "StartingPosition", "State", "StateTransitionReason", "TumblingWindowInSeconds"),
        "UUID",
    }
    assert (reply["State"], reply["LastProcessingResult"]) == ("Creating", "No records processed")
    assert (reply["BatchSize"], reply["MaximumRetryAttempts"]) == (100, -1)


def test_an_empty_destination_removes_it() -> None:
    """An update may take back what was set; the rest stays."""
    queue = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}}
    settings = mapping(DestinationConfig=queue, BatchSize=7).settings

    changed = mappings.updated(settings, {"DestinationConfig": {"OnFailure": {"Destination": ""}}})

    assert (settings["DestinationConfig"], changed["DestinationConfig"]) == (queue, {"OnFailure": {}})
    assert changed["BatchSize"] == 7


@pytest.mark.parametrize(
    "settings",
    [
        {"MaximumRecordAgeInSeconds": 59},
        {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q.fifo"}}},
        {"ParallelizationFactor": 2},
        {"TumblingWindowInSeconds": 60},
        {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
    ],
)
def test_a_mapping_that_would_not_behave_as_asked_is_refused(settings: dict[str, Any]) -> None:
    """What AWS refuses, and what is not acted upon here."""
    with pytest.raises(AwsError, match="InvalidParameterValueException"):
        mapping(**settings)


@pytest.mark.parametrize(
    "start",
    [{}, {"StartingPosition": "AT_TIMESTAMP"}, {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 4e9}],
)
def test_a_start_must_be_complete_and_not_in_the_future(start: dict[str, Any]) -> None:
    """A stream's mapping says where it begins."""
    with pytest.raises(AwsError, match="InvalidParameterValueException"):
        mappings.check_start(start)
