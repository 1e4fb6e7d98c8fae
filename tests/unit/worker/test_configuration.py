"""What functions may be set to."""

from typing import Any

import pytest

from cloud.errors import AwsError
from services.worker.functions import configuration
from services.worker.functions.function import Function
from services.worker.functions.store import Stored

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
CODE = Stored({"S3Bucket": "fogbank-code", "S3Key": "1.zip"}, "sha1", 10)
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


def request(**more: Any) -> dict[str, Any]:
    return {"Handler": "app.handler", "Runtime": "python3.13", "Role": "r", **more}


def created(**more: Any) -> Function:
    return configuration.created(request(**more), ARN, CODE)


def test_what_a_function_does_not_say_is_lambdas_default() -> None:
    """3 seconds, 128 MB, active at once."""
    function = created()

    assert (function.name, function.version, function.timeout, function.memory) == ("f", "$LATEST", 3, 128)
    assert function.log_group == "/aws/lambda/f"
    assert function.configuration["State"] == "Active"
    assert (function.configuration["CodeSha256"], function.configuration["CodeSize"]) == ("sha1", 10)


def test_a_change_makes_another_revision() -> None:
    """Running environments are told apart from new ones by it; what the request does not name stays."""
    function = created(Environment={"Variables": {"A": "1"}})

    changed = configuration.reconfigured(function, {"Timeout": 9})

    assert changed.revision != function.revision
    assert (changed.timeout, changed.variables) == (9, {"A": "1"})


def test_a_change_of_another_revision_is_refused() -> None:
    """412 PreconditionFailedException: somebody else was faster."""
    function = created()

    assert configuration.reconfigured(function, {"RevisionId": function.revision, "Timeout": 9}).timeout == 9
    with pytest.raises(AwsError, match="PreconditionFailedException") as refusal:
        configuration.recoded(function, {"RevisionId": "another"}, CODE)

    assert refusal.value.status == 412


def test_an_empty_dead_letter_target_removes_it() -> None:
    """As the console does it."""
    function = created(DeadLetterConfig={"TargetArn": QUEUE})

    changed = configuration.reconfigured(function, {"DeadLetterConfig": {"TargetArn": ""}})

    assert (function.dead_letters, changed.dead_letters) == (QUEUE, "")
    assert "DeadLetterConfig" not in changed.configuration


def test_clients_are_told_to_wait_although_all_is_done() -> None:
    """CreateFunction answers Pending and the updates InProgress, as on AWS; what is kept is done."""
    kept = created().configuration

    assert configuration.pending(kept)["State"] == "Pending"
    assert configuration.in_progress(kept)["LastUpdateStatus"] == "InProgress"
    assert (kept["State"], kept["LastUpdateStatus"]) == ("Active", "Successful")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"A": "x" * 4097}}}, "4KB limit"),
        ({"Runtime": "java21"}, "java21"),
        ({"Runtime": "nodejs16.x"}, "nodejs16.x"),
        ({"Handler": None}, "Runtime and Handler are mandatory"),
        ({"Layers": ["arn"]}, "Layers"),
        ({"DeadLetterConfig": {"TargetArn": f"{QUEUE}.fifo"}}, "dead-letter"),
        ({"LoggingConfig": {"LogFormat": "JSON"}}, "LogFormat"),
    ],
)
def test_what_cannot_run_here_is_refused(change: dict[str, Any], words: str) -> None:
    """With InvalidParameterValueException, and words that say what is wrong."""
    with pytest.raises(AwsError, match="InvalidParameterValueException") as refusal:
        configuration.check(request(**change))

    assert words in refusal.value.message


@pytest.mark.parametrize(
    "runtime", ["python3.9", "python3.14", "nodejs18.x", "nodejs24.x", "provided", "provided.al2023"]
)
def test_the_workshops_runtimes_are_taken(runtime: str) -> None:
    """Python, Node.js, and what brings its own bootstrap."""
    configuration.check(request(Runtime=runtime))
