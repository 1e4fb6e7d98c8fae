"""The Wild Rydes workshop's error handling: a function in Node.js, uploaded as a zip, mapped with retries and bisect.

Its reading of a batch throws when a record's InputData contains "error"; only a batch without one is written.
"""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from cloud.wait import until

from .worker_api import create, package
from .worker_stack import Notes, Stack, running

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]

INDEX = """
const fs = require("node:fs");

exports.handler = async (event, context) => {
  const readings = event.Records.map((record) => JSON.parse(Buffer.from(record.kinesis.data, "base64")));
  const seen = event.Records.map((record, i) => [record.eventID, record.kinesis.partitionKey, readings[i].StatusTime]);
  fs.appendFileSync(process.env.NOTES, JSON.stringify({ request: context.awsRequestId, records: seen }) + "\\n");
  const poisoned = readings.findIndex((reading) => reading.InputData?.toLowerCase().includes("error"));
  if (poisoned >= 0 && process.env.REPORT) {
    return { batchItemFailures: [{ itemIdentifier: event.Records[poisoned].kinesis.sequenceNumber }] };
  }
  if (poisoned >= 0) {
    throw new Error("Error processing record");
  }
  return `Delivered ${readings.length} records`;
};
"""
MAPPING = {"BatchSize": 10, "MaximumRetryAttempts": 2, "MaximumRecordAgeInSeconds": 60}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("wild-rydes")) as stack:
        stack.worker()
        yield stack


def ride(stack: Stack, name: str, *, window: int = 2, report: bool = False, **settings: Any) -> tuple[Notes, str]:
    """Nine readings of one unicorn, the fifth of them poisoned; what the function noted, and the queue's URL."""
    notes = Notes(stack.folder / f"{name}.notes")
    variables = {"NOTES": str(notes.path), **({"REPORT": "yes"} if report else {})}
    code = package(index__js=INDEX)
    create(stack, name, code, Runtime="nodejs20.x", Handler="index.handler", Environment={"Variables": variables})
    url = stack.sqs.create_queue(QueueName=f"{name}-queue")["QueueUrl"]
    arn = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = stack.stream(name)
    stack.mapping(
        name,
        source,
        StartingPosition="LATEST",
        MaximumBatchingWindowInSeconds=window,
        DestinationConfig={"OnFailure": {"Destination": arn}},
        **MAPPING,
        **settings,
    )
    readings = [
        {"Name": "Shadowfax", "StatusTime": str(number), "InputData": "error" if number == 5 else "normal"}
        for number in range(1, 10)
    ]
    stack.put(name, *(("Shadowfax", json.dumps(reading) + "\n") for reading in readings))
    return notes, url


def sequence(batches: list[list[str]]) -> list[str]:
    """Batches as the workshop's log shows them, e.g. "1-9"."""
    return [f"{batch[0]}-{batch[-1]}" if len(batch) > 1 else batch[0] for batch in batches]


def message(stack: Stack, url: str) -> dict[str, Any]:
    """The one message of the on-failure queue."""

    def received() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = stack.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        return found

    body: dict[str, Any] = json.loads(until(received, 60, what="the message")[0]["Body"])
    assert not stack.sqs.receive_message(QueueUrl=url).get("Messages")
    return body


@pytest.mark.parametrize("window", [2, 15])
def test_retries_without_bisect_lose_the_whole_batch(stack: Stack, window: int) -> None:
    """Three invocations of nine records, one message about all nine; the window holds the batch together."""
    notes, url = ride(stack, f"retries-{window}", window=window)

    report = message(stack, url)

    assert sequence(notes.batches()) == ["1-9"] * 3
    assert len({entry["request"] for entry in notes.entries()}) == 1
    assert report["KinesisBatchInfo"]["batchSize"] == 9
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 3
    assert report["responseContext"]["functionError"] == "Unhandled"


def test_bisect_loses_the_poisoned_record_alone(stack: Stack) -> None:
    """Nine invocations: the batch is halved until the poisoned record is alone, and it alone is reported."""
    notes, url = ride(stack, "bisect", BisectBatchOnFunctionError=True)

    report = message(stack, url)
    until(lambda: len(notes.batches()) == 9, 60, what="nine invocations")

    assert sequence(notes.batches()) == ["1-9", "1-4", "5-9", "5-6", "5", "5", "5", "6", "7-9"]
    assert report["KinesisBatchInfo"]["batchSize"] == 1


def test_a_checkpoint_keeps_what_came_before_the_poisoned_record(stack: Stack) -> None:
    """ReportBatchItemFailures with bisect: one to four are never seen again."""
    notes, url = ride(
        stack,
        "checkpoint",
        report=True,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    report = message(stack, url)
    until(lambda: len(notes.batches()) == 8, 60, what="eight invocations")

    assert sequence(notes.batches()) == ["1-9", "5-9", "5-6", "5", "5", "5", "6", "7-9"]
    assert (report["KinesisBatchInfo"]["batchSize"], report["responseContext"]["functionError"]) == (1, None)
