"""Powertools for AWS Lambda from PyPI: one batch handler runs unchanged for every kind of source."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.wait import until

from .worker_events import Events
from .worker_stack import Stack, client, running

pytestmark = pytest.mark.emulator

POWERTOOLS = importlib.util.find_spec("aws_lambda_powertools")

# As in https://docs.powertools.aws.dev/lambda/python/latest/utilities/batch/, with a note of what came and what is bad.
CODE = """
import json, os

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor

KIND = os.environ["KIND"]
processor = SqsFifoPartialProcessor() if KIND == "FIFO" else BatchProcessor(event_type=EventType[KIND])

def content(record):
    if KIND == "KinesisDataStreams":
        return record.kinesis.data_as_text()
    if KIND == "DynamoDBStreams":
        return record.dynamodb.new_image["id"]
    return record.body

def record_handler(record):
    if content(record) == "bad":
        raise ValueError("poison")

def handler(event, context):
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(json.dumps({"event": event}).encode() + b"\\n")
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("powertools")) as stack:
        stack.worker()
        yield stack


def function(stack: Stack, name: str, kind: str) -> Events:
    folder = stack.folder / "powertools"
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(CODE)
    assert POWERTOOLS, "aws-lambda-powertools is not installed"
    assert POWERTOOLS.origin
    path = str(Path(POWERTOOLS.origin).parents[1])  # where the package is, should that not be the worker's own place
    return Events(stack.function(name, folder=folder, environment={"KIND": kind, "PYTHONPATH": path}, Timeout=20).path)


def texts(events: Events, *path: str) -> list[list[str]]:
    """Of every invocation, what is at this path of each record."""

    def at(record: Any) -> str:
        for name in path:
            record = record[name]
        return str(record)

    return [[at(record) for record in entry["event"]["Records"]] for entry in events.entries()]


SETTINGS: dict[str, Any] = {"MaximumRetryAttempts": 1, "BisectBatchOnFunctionError": True}
REPORTS: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def test_records_of_a_stream(stack: Stack) -> None:
    """[1, bad, 3] [bad, 3] [bad] [bad] [3]: the report cuts, the lone bad record fails as a whole, the last is done."""
    events, arn = function(stack, "pt-kinesis", "KinesisDataStreams"), stack.stream("Powertools")
    stack.put("Powertools", ("k", "1"), ("k", "bad"), ("k", "3"))
    stack.mapping("pt-kinesis", arn, **SETTINGS, **REPORTS)
    until(lambda: len(events.entries()) >= 5, 60, what="the last record")

    assert [len(entry["event"]["Records"]) for entry in events.entries()] == [3, 2, 1, 1, 1]
    assert texts(events, "kinesis", "data")[2:] == [["YmFk"], ["YmFk"], ["Mw=="]]


def test_changes_of_a_table(stack: Stack) -> None:
    """The same, of items."""
    dynamodb = client("dynamodb", stack.emulator_port)
    arn = dynamodb.create_table(
        TableName="Powertools",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    for one in ("1", "bad", "3"):
        dynamodb.put_item(TableName="Powertools", Item={"id": {"S": one}})
    events = function(stack, "pt-dynamodb", "DynamoDBStreams")
    stack.mapping("pt-dynamodb", arn, **SETTINGS, **REPORTS)
    until(lambda: len(events.entries()) >= 5, 60, what="the last change")
    dynamodb.close()

    assert texts(events, "dynamodb", "Keys", "id", "S") == [["1", "bad", "3"], ["bad", "3"], ["bad"], ["bad"], ["3"]]


@pytest.mark.parametrize(("kind", "name"), [("SQS", "Powertools"), ("FIFO", "Powertools.fifo")])
def test_messages_of_a_queue(stack: Stack, kind: str, name: str) -> None:
    """Only the failed message comes back; of a FIFO queue also those after it."""
    fifo = {"FifoQueue": "true"} if kind == "FIFO" else {}
    url = stack.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60", **fifo})["QueueUrl"]
    events = function(stack, f"pt-{kind}", kind)
    for body in ("1", "bad", "3"):
        more = {"MessageGroupId": "g", "MessageDeduplicationId": body} if fifo else {}
        stack.sqs.send_message(QueueUrl=url, MessageBody=body, **more)
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    stack.api.create_event_source_mapping(FunctionName=f"pt-{kind}", EventSourceArn=arn, **REPORTS)
    until(lambda: len(events.records()) >= 3, 60, what="the messages")
    count = ["ApproximateNumberOfMessagesNotVisible"]

    def held() -> bool:
        attributes = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=count)["Attributes"]
        return bool(attributes[count[0]] == ("2" if fifo else "1"))

    until(held, 60, what="only the failed messages in the queue")
    assert sorted(body for batch in texts(events, "body") for body in batch) == ["1", "3", "bad"]
