"""Functions' logs in CloudWatch Logs, their metrics in CloudWatch, and the command that follows a log."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.wait import until

from .worker_api import create, invoke, package
from .worker_stack import ROOT, Stack, client, running

pytestmark = pytest.mark.emulator

CODE = """
import logging, os
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no such alien")
    for number in range(event.get("lines", 0)):
        print("line", number)
    if event.get("log"):
        logging.getLogger().warning("careful")
    return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("logs")) as stack:
        stack.worker()
        for name in ("chatty", "loud", "followed", "measured"):
            create(stack, name, package(app__py=CODE))
        yield stack


def messages(stack: Stack, function: str, wanted: str) -> list[dict[str, Any]]:
    """The function's log events, once one of them holds what is wanted."""
    logs = client("logs", stack.emulator_port)

    def found() -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        return events if any(wanted in event["message"] for event in events) else []

    return until(found, 60, what=wanted)


def test_a_functions_log_is_in_cloudwatch_logs(stack: Stack) -> None:
    """Group and stream by Lambda's names; INIT_START, START, what was printed, END, REPORT, in this order."""
    stream = invoke(stack, "chatty", {"lines": 2, "log": True})["Payload"]
    events = messages(stack, "chatty", "REPORT")
    said = [event["message"] for event in events]
    request = said[1].split()[2]

    assert {event["logStreamName"] for event in events} == {stream}
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    assert said[0].startswith("INIT_START Runtime Version: python:3.")
    assert said[1:4] == [f"START RequestId: {request} Version: $LATEST", "line 0", "line 1"]
    assert re.fullmatch(rf"\[WARNING\]\t[-\dT:.]+Z\t{request}\tcareful\s*", said[4])
    assert said[5] == f"END RequestId: {request}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: [1-9]\d* MB\tInit Duration: [\d.]+ ms\t",
        said[6],
    )


def test_a_traceback_is_one_event(stack: Stack) -> None:
    """With newlines in it, as CloudWatch shows it."""
    invoke(stack, "chatty", {"fail": True})

    event = next(one for one in messages(stack, "chatty", "no such alien") if "no such alien" in one["message"])

    assert event["message"].startswith("[ERROR] ValueError: no such alien\nTraceback (most recent call last):\n")


def test_a_flood_of_lines_arrives(stack: Stack) -> None:
    """Thousands of events of one invocation, and none of them dropped, while invocations go on."""
    invoke(stack, "loud", {"lines": 9_000})
    invoke(stack, "loud", {"lines": 1})

    messages(stack, "loud", "line 8999")
    stream = client("logs", stack.emulator_port).describe_log_streams(logGroupName="/aws/lambda/loud")["logStreams"]
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.workers[0].port}/metrics", timeout=30) as reply:
        dropped = re.search(rb"^fogbank_worker_log_events_dropped_total (\S+)", reply.read(), re.MULTILINE)

    assert len(stream) == 1
    assert dropped
    assert float(dropped[1]) == 0


def test_the_command_follows_a_function(stack: Stack) -> None:
    """python -m services.worker logs <function>: what was printed lately, then what is printed now."""
    invoke(stack, "followed", {"lines": 1})
    messages(stack, "followed", "REPORT")
    environ = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{stack.emulator_port}"}
    command = [sys.executable, "-m", "services.worker", "logs", "followed"]

    shown = subprocess.run([*command, "--no-follow"], cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    assert re.search(r"^\d\d:\d\d:\d\d line 0$", shown.stdout, re.MULTILINE)

    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout
        assert "INIT_START" in following.stdout.readline()
        invoke(stack, "followed", {"lines": 3})
        assert any("line 2" in line for line in following.stdout)
        following.terminate()


def test_metrics_are_in_cloudwatch(stack: Stack) -> None:
    """Invocations, Errors, Duration, ConcurrentExecutions and Throttles of namespace AWS/Lambda, by FunctionName."""
    for event in ({}, {}, {"fail": True}):
        invoke(stack, "measured", event)
    stack.api.put_function_concurrency(FunctionName="measured", ReservedConcurrentExecutions=0)
    with pytest.raises(stack.api.exceptions.TooManyRequestsException):
        invoke(stack, "measured")

    names = ("Throttles", "Invocations", "Errors")

    until(lambda: [metric(stack, name) for name in names] == [1, 3, 1], 60, what="the metrics")

    assert metric(stack, "Duration") > 0
    assert metric(stack, "ConcurrentExecutions", "Maximum") == 1


def metric(stack: Stack, name: str, statistic: str = "Sum") -> float:
    """The sum, or the largest, of the last minutes."""
    now = datetime.now(UTC)
    reply = client("cloudwatch", stack.emulator_port).get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": "FunctionName", "Value": "measured"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=600,
        Statistics=[statistic],
    )
    over = max if statistic == "Maximum" else sum
    return float(over(point[statistic] for point in reply["Datapoints"]))
