"""What Fogbank relies on of an SQS, whoever plays it."""

from typing import Any

import pytest

from tests.contract.emulators import Emulator

SERVICE = "sqs"


@pytest.fixture
def sqs(emulator: Emulator) -> Any:
    return emulator.client("sqs")


@pytest.fixture
def queue(sqs: Any, name: str) -> Any:
    """The URL of a queue."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_a_message_is_received_with_its_attributes_and_hidden_meanwhile(sqs: Any, queue: str) -> None:
    """As a dead-letter queue needs it: the body unchanged, the reason as an attribute."""
    body = '{"reason": "nicht gültig 🜁"}'
    why = {"Reason": {"DataType": "String", "StringValue": "unparsable"}}
    sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=why)
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], WaitTimeSeconds=2)["Messages"]

    assert message["Body"] == body
    assert message["MessageAttributes"]["Reason"]["StringValue"] == "unparsable"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_deleted_message_does_not_come_back(sqs: Any, queue: str) -> None:
    """Deleted by its receipt handle, although its time of invisibility ends at once."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    handle = message["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    [again] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"])

    assert again["MessageId"] == message["MessageId"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)


def test_a_queue_that_is_created_twice_is_one_queue(sqs: Any, queue: str, name: str) -> None:
    """bootstrap applies again and again."""
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == queue
