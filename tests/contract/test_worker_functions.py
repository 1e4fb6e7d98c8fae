"""Functions through Lambda's API: boto3 against the running worker, with real processes behind it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from cloud.wait import until
from tests.machine import slack

from .worker_stack import ROLE, Stack, client, decoded, running

pytestmark = pytest.mark.emulator

FUNCTIONS = """
import os, sys, time
print("loading")
CALLS = 0

def count(event, context):
    global CALLS
    CALLS += 1
    return {"calls": CALLS, "pid": os.getpid()}

def describe(event, context):
    return {
        "event": event, "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
        "memory": context.memory_limit_in_mb, "environment": dict(os.environ), "cwd": os.getcwd(), "path": sys.path,
    }

def fail(event, context):
    print("about to fail")
    raise ValueError("no such alien")

def hang(event, context):
    time.sleep(60)

def leave(event, context):
    os._exit(3)

def flood(event, context):
    return "x" * 7_000_000

def meet(event, context):
    open(os.path.join(event["place"], str(os.getpid())), "w").close()
    while len(os.listdir(event["place"])) < event["all"]:
        time.sleep(0.02)
    return os.getpid()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("functions")) as stack:
        (stack.code / "functions.py").write_text(FUNCTIONS)
        stack.worker(FUNCTION_CONCURRENCY="4")
        for name in ("count", "describe", "fail", "leave", "flood", "meet", "missing"):
            stack.function(name, Handler=f"functions.{name}")
        stack.function("hang", Handler="functions.hang", Timeout=1)
        yield stack


def invoke(stack: Stack, function: str, event: Any = None, **more: Any) -> dict[str, Any]:
    """The reply, its payload parsed."""
    reply = stack.api.invoke(FunctionName=function, Payload=json.dumps(event or {}), **more)
    text = reply["Payload"].read()
    return {**reply, "Payload": json.loads(text) if text else None}


def refusal(call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The code, the status and the text with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_a_function_is_loaded_once_and_reused(stack: Stack) -> None:
    """Globals survive from one invocation to the next, in the same process."""
    first, second = invoke(stack, "count")["Payload"], invoke(stack, "count")["Payload"]

    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]


def test_context_and_environment_are_lambdas(stack: Stack) -> None:
    """The documented variables, the function's own, and nothing of the worker's code."""
    said = invoke(stack, "describe", {"a": [1]})["Payload"]
    environment = said["environment"]

    assert said["event"] == {"a": [1]}
    assert said["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:describe"
    assert 30_000 - 500 * slack() < said["left"] <= 30_000
    assert said["memory"] == "128"
    assert said["cwd"] == environment["LAMBDA_TASK_ROOT"] == str(stack.code)
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "describe"
    assert environment["AWS_ENDPOINT_URL"].endswith(str(stack.emulator_port))
    assert environment["NOTES"]
    assert not any(name.startswith("FOGBANK") for name in environment)
    assert str(Path(__file__).parents[2]) not in said["path"]


def test_an_exception_is_lambdas_error_payload(stack: Stack) -> None:
    """Unhandled, with type, message, request id and stack; the log's tail tells what was printed."""
    reply = invoke(stack, "fail", LogType="Tail")
    payload = reply["Payload"]

    assert (reply["StatusCode"], reply["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no such alien")
    assert "functions.py" in payload["stackTrace"][0]
    log = decoded(reply["LogResult"])
    assert log.startswith(f"START RequestId: {payload['requestId']} Version: $LATEST\nabout to fail\n")
    assert f"END RequestId: {payload['requestId']}\nREPORT RequestId: {payload['requestId']}\tDuration: " in log


def test_a_timeout_ends_the_process_and_the_next_call_gets_a_new_one(stack: Stack) -> None:
    """Sandbox.Timedout after the function's own limit, as recorded on AWS."""
    started = time.monotonic()

    reply = invoke(stack, "hang")

    assert time.monotonic() - started < min(55, 1.5 * slack())  # it would sleep for a minute
    assert reply["Payload"]["errorType"] == "Sandbox.Timedout"
    assert reply["Payload"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert invoke(stack, "hang")["FunctionError"] == "Unhandled"


@pytest.mark.parametrize(
    ("function", "error_type", "words"),
    [
        ("leave", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("flood", "Function.ResponseSizeTooLarge", "Response payload size (7000002 bytes) exceeded"),
        ("missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'functions'"),
    ],
)
def test_a_function_that_cannot_answer_is_answered_for(
    stack: Stack, function: str, error_type: str, words: str
) -> None:
    """Exit, an answer over 6 MB, a handler that is not there: a function error each time, and the worker goes on."""
    for _ in range(2):
        reply = invoke(stack, function)

        assert reply["FunctionError"] == "Unhandled"
        assert reply["Payload"]["errorType"] == error_type
        assert words in reply["Payload"]["errorMessage"]


def test_concurrent_calls_run_side_by_side(stack: Stack, tmp_path: Path) -> None:
    """Four calls, each of which ends only when all four run: four environments."""
    with ThreadPoolExecutor(4) as threads:
        event = {"place": str(tmp_path), "all": 4}
        pids = list(threads.map(lambda _: invoke(stack, "meet", event)["Payload"], range(4)))

    assert len(set(pids)) == 4


def test_an_edit_is_picked_up_by_the_next_invocation(stack: Stack, tmp_path: Path) -> None:
    """The folder is the code: a saved file runs in a fresh environment, again and again."""
    stack.function("edited", Handler="edited.handler", folder=tmp_path)
    for answer in ("one", "two", "six"):
        (tmp_path / "edited.py").write_text(f"def handler(event, context):\n    return '{answer}'\n")

        assert invoke(stack, "edited")["Payload"] == answer


def test_a_changed_configuration_counts_from_the_next_invocation(stack: Stack) -> None:
    """Its environment variables are seen by the function."""
    stack.function("changed", Handler="functions.describe")
    invoke(stack, "changed")

    reply = stack.api.update_function_configuration(
        FunctionName="changed", Environment={"Variables": {"LEVEL": "7"}}, MemorySize=256
    )

    assert reply["MemorySize"] == 256
    assert invoke(stack, "changed")["Payload"]["environment"]["LEVEL"] == "7"


def test_a_function_lives_as_lambdas_api_says(stack: Stack) -> None:
    """Created once, found by name and ARN, listed, deleted; unknown ones are 404."""
    stack.function("brief", Handler="functions.count", Description="d")
    api = stack.api
    arn = api.get_function(FunctionName="brief")["Configuration"]["FunctionArn"]

    assert api.get_function_configuration(FunctionName=arn)["Description"] == "d"
    assert invoke(stack, f"{arn}:$LATEST")["Payload"]["calls"] == 1
    assert "brief" in [function["FunctionName"] for function in api.list_functions()["Functions"]]
    code = {"S3Bucket": "hot-reload", "S3Key": str(stack.code)}
    again = refusal(
        api.create_function, FunctionName="brief", Runtime="python3.13", Handler="a.b", Role=ROLE, Code=code
    )
    assert again == ("ResourceConflictException", 409, "Function already exist: brief")

    api.delete_function(FunctionName="brief")

    expected = ("ResourceNotFoundException", 404, f"Function not found: {arn}")
    assert refusal(api.get_function, FunctionName="brief") == expected
    assert refusal(api.invoke, FunctionName="brief") == expected
    assert refusal(api.invoke, FunctionName="count", Qualifier="live")[:2] == ("ResourceNotFoundException", 404)


def test_dry_runs_and_events_are_accepted_without_an_answer(stack: Stack) -> None:
    """204 runs nothing; 202 runs it afterwards."""
    notes = stack.function("evented")
    event = json.dumps({"Records": []})

    assert stack.api.invoke(FunctionName="evented", InvocationType="DryRun", Payload=event)["StatusCode"] == 204
    assert stack.api.invoke(FunctionName="evented", InvocationType="Event", Payload=event)["StatusCode"] == 202
    until(notes.entries, 60, what="the event")

    assert len(notes.entries()) == 1


def test_events_that_lambda_refuses_are_refused(stack: Stack) -> None:
    """Larger than 6 MB, or not JSON."""
    large = refusal(stack.api.invoke, FunctionName="count", Payload=json.dumps("x" * 6 * 2**20))
    text = refusal(stack.api.invoke, FunctionName="count", Payload=b"not json")

    assert large[:2] == ("RequestTooLargeException", 413)
    assert text[:2] == ("InvalidRequestContentException", 400)


@pytest.mark.parametrize("header", [("Origin", "http://evil.example"), ("Host", "evil.example")])
def test_a_foreign_page_cannot_drive_the_worker(stack: Stack, header: tuple[str, str]) -> None:
    """A web page open on this machine, or a name pointed at it, gets 403."""
    request = urllib.request.Request(f"http://127.0.0.1:{stack.workers[0].port}/2015-03-31/functions")
    request.add_header(*header)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.code == 403
    refused.value.close()


def test_functions_die_with_the_worker(stack: Stack) -> None:
    """SIGKILL leaves no process behind."""
    worker = stack.worker("w2")
    reply = client("lambda", worker.port).invoke(FunctionName="count")
    pid = json.loads(reply["Payload"].read())["pid"]
    assert psutil.pid_exists(pid)

    worker.kill()

    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", 60, what="the child's end")
    assert invoke(stack, "count")["Payload"]["calls"] > 0
