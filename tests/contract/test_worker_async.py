"""Invocations of type Event: stored before they are accepted, tried again, reported."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cloud.wait import until

from .worker_api import create, package, refusal
from .worker_stack import Stack, client, running

pytestmark = pytest.mark.emulator

CODE = """
import json, os, time
def handler(event, context):
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(json.dumps([event.get("n"), context.aws_request_id, len(json.dumps(event))]).encode() + b"\\n")
    time.sleep(event.get("sleep", 0))
    if event.get("fail"):
        raise ValueError("no such alien")
    return {"done": event.get("n")}
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("async")) as stack:
        stack.worker()
        yield stack


def make(stack: Stack, name: str, **more: Any) -> None:
    """A function that notes its events."""
    variables = {"NOTES": str(stack.folder / f"{name}.notes")}
    create(stack, name, package(app__py=CODE), Environment={"Variables": variables}, **more)


def send(stack: Stack, name: str, worker: int = 0, **event: Any) -> str:
    """Invoke without waiting; returns the request id."""
    api = client("lambda", stack.workers[worker].port)
    reply = api.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert reply["StatusCode"] == 202
    return str(reply["ResponseMetadata"]["RequestId"])


def notes(stack: Stack, name: str) -> list[Any]:
    path = stack.folder / f"{name}.notes"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def queue(stack: Stack, name: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    url = stack.sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def message(stack: Stack, url: str) -> dict[str, Any]:
    """The next message of a queue."""

    def received() -> list[dict[str, Any]]:
        reply = stack.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        found: list[dict[str, Any]] = reply.get("Messages", [])
        return found

    return until(received, 60, what="a message")[0]


def waiting(stack: Stack) -> int:
    """Events that are stored."""
    items = client("dynamodb", stack.emulator_port).scan(TableName="FogbankEvents")["Items"]
    return sum(not item["id"]["S"].startswith("beat/") for item in items)


def test_an_event_is_tried_three_times_and_reported(stack: Stack) -> None:
    """Two retries under the same request id; then the on-failure destination has AWS's record of it."""
    url, arn = queue(stack, "failures")
    make(stack, "failing")
    api = stack.api
    api.put_function_event_invoke_config(FunctionName="failing", DestinationConfig={"OnFailure": {"Destination": arn}})

    request = send(stack, "failing", n=1, fail=True)
    body = json.loads(message(stack, url)["Body"])

    assert [noted[:2] for noted in notes(stack, "failing")] == [[1, request]] * 3
    assert list(body) == [
        *("version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload")
    ]
    assert body["requestContext"] == {
        "requestId": request,
        "functionArn": f"{ARN}:failing:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert body["requestPayload"] == {"n": 1, "fail": True}
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert body["responsePayload"]["errorMessage"] == "no such alien"
    until(lambda: waiting(stack) == 0, 60, what="the table to be empty")


def test_a_success_is_reported_to_its_destination(stack: Stack) -> None:
    """A queue, a topic, or another function; without functionError."""
    url, arn = queue(stack, "successes")
    make(stack, "succeeding")
    make(stack, "next")
    set_to = stack.api.put_function_event_invoke_config
    set_to(FunctionName="succeeding", DestinationConfig={"OnSuccess": {"Destination": arn}})
    send(stack, "succeeding", n=1)
    body = json.loads(message(stack, url)["Body"])

    assert body["requestContext"]["condition"] == "Success"
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert body["responsePayload"] == {"done": 1}

    set_to(FunctionName="succeeding", DestinationConfig={"OnSuccess": {"Destination": f"{ARN}:next"}})
    send(stack, "succeeding", n=2)
    until(lambda: notes(stack, "next"), 60, what="the next function")


def test_a_dead_letter_queue_gets_the_event_itself(stack: Stack) -> None:
    """With RequestID, ErrorCode and ErrorMessage as attributes; no retries when none are asked for."""
    url, arn = queue(stack, "letters")
    make(stack, "dying", DeadLetterConfig={"TargetArn": arn})
    stack.api.put_function_event_invoke_config(FunctionName="dying", MaximumRetryAttempts=0)

    request = send(stack, "dying", n=1, fail=True)
    letter = message(stack, url)

    assert json.loads(letter["Body"]) == {"n": 1, "fail": True}
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes == {"RequestID": request, "ErrorCode": "200", "ErrorMessage": "no such alien"}
    assert len(notes(stack, "dying")) == 1


def test_what_may_not_run_is_reported_at_once(stack: Stack) -> None:
    """Reserved concurrency 0: ZeroReservedConcurrency, nothing ran."""
    url, arn = queue(stack, "zeros")
    make(stack, "off")
    stack.api.put_function_concurrency(FunctionName="off", ReservedConcurrentExecutions=0)
    stack.api.put_function_event_invoke_config(
        FunctionName="off", DestinationConfig={"OnFailure": {"Destination": arn}}
    )

    send(stack, "off", n=1)
    body = json.loads(message(stack, url)["Body"])

    assert body["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in body
    assert notes(stack, "off") == []


def test_the_configuration_lives_as_lambdas_api_says(stack: Stack) -> None:
    """Put replaces, update keeps; one per qualifier; bad destinations and empty requests are refused."""
    make(stack, "configured")
    api = stack.api
    _, arn = queue(stack, "configured")
    api.put_function_event_invoke_config(FunctionName="configured", MaximumRetryAttempts=1)
    changed = api.update_function_event_invoke_config(
        FunctionName="configured", MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": arn}}
    )

    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (1, 60)
    assert changed["FunctionArn"] == f"{ARN}:configured:$LATEST"
    assert changed["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": arn}}
    listed = api.list_function_event_invoke_configs(FunctionName="configured")["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"] for one in listed] == [changed["FunctionArn"]]

    put = api.put_function_event_invoke_config
    assert refusal(put, FunctionName="configured")[0] == "InvalidParameterValueException"
    fifo = {"OnFailure": {"Destination": f"{arn}.fifo"}}
    assert refusal(put, FunctionName="configured", DestinationConfig=fifo)[0] == "InvalidParameterValueException"
    api.delete_function_event_invoke_config(FunctionName="configured")
    assert refusal(api.get_function_event_invoke_config, FunctionName="configured") == (
        *("ResourceNotFoundException", 404),
        f"The function {ARN}:configured:$LATEST doesn't have an EventInvokeConfig",
    )


def test_a_large_event_arrives_whole(stack: Stack) -> None:
    """Up to 1 MB, more than an item of the table holds; beyond that it is refused."""
    make(stack, "large")

    send(stack, "large", n=1, text="x" * 1_000_000)
    until(lambda: notes(stack, "large"), 60, what="the event")

    assert notes(stack, "large")[0][2] > 1_000_000
    too_large = {"InvocationType": "Event", "Payload": json.dumps("x" * 2**20)}
    assert refusal(stack.api.invoke, FunctionName="large", **too_large)[:2] == ("RequestTooLargeException", 413)
    pieces = client("dynamodb", stack.emulator_port)
    until(lambda: pieces.scan(TableName="FogbankEventPayloads")["Count"] == 0, 60, what="the tables to be empty")


def test_a_killed_worker_loses_no_event(stack: Stack) -> None:
    """SIGKILL between accepting and running: the others run what it had in hand, and what waited."""
    make(stack, "durable")
    doomed = stack.worker("w2", FUNCTION_CONCURRENCY="2")
    for number in range(30):
        send(stack, "durable", worker=1, n=number, sleep=0.2)

    doomed.kill()

    until(lambda: {noted[0] for noted in notes(stack, "durable")} == set(range(30)), 60, what="all events")
    until(lambda: waiting(stack) == 0, 60, what="the table to be empty")
    stack.workers.remove(doomed)


def test_a_restarted_worker_takes_up_its_events_at_once(stack: Stack) -> None:
    """Those of its own name need not wait until the lease has run out."""
    make(stack, "resumed")
    worker = stack.workers[0]
    request = send(stack, "resumed", n=1, sleep=3)
    until(lambda: notes(stack, "resumed"), 60, what="the first attempt")

    worker.kill()
    worker.start()

    until(lambda: len(notes(stack, "resumed")) == 2, 60, what="the second attempt")
    assert {noted[1] for noted in notes(stack, "resumed")} == {request}
