"""A queue's message as a function sees it."""

import json
from typing import Any

import pytest

from services.worker.polling import record
from services.worker.polling.message import record_of

QUEUE = "arn:aws:sqs:us-east-1:000000000000:Jobs"


def message(**more: Any) -> dict[str, Any]:
    """A message as boto3 returns it."""
    return {
        "MessageId": "m-1",
        "ReceiptHandle": "r-1",
        "Body": "hello",
        "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "Attributes": {
            "SenderId": "AIDA",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SqsManagedSseEnabled": "true",
        },
        **more,
    }


def seen(message: dict[str, Any], window: int = 0) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(record.event((record_of(message, QUEUE, window),)))["Records"][0]
    return event


def test_a_message_looks_as_on_aws() -> None:
    """Camel case, strings throughout, the recorded keys in their order."""
    event = seen(message())

    assert list(event) == [
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody"),
        *("eventSource", "eventSourceARN", "awsRegion"),
    ]
    assert event["attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDA",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    }
    assert (event["eventSource"], event["eventSourceARN"], event["awsRegion"]) == ("aws:sqs", QUEUE, "us-east-1")


def test_a_message_knows_when_it_was_sent() -> None:
    """The record's sequence is the message's id, which reports name."""
    made = record_of(message(), QUEUE, 0)

    assert (made.sequence, made.arrival) == ("m-1", 1545082649.183)


def test_attributes_have_their_types_and_empty_lists() -> None:
    """Binary is base64; of two scalars only the one that applies is there."""
    attributes = {
        "text": {"StringValue": "a", "DataType": "String"},
        "bytes": {"BinaryValue": b"\x00\xff", "DataType": "Binary.png"},
    }

    event = seen(message(MessageAttributes=attributes, MD5OfMessageAttributes="d1"))

    assert event["messageAttributes"] == {
        "text": {"stringValue": "a", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "bytes": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary.png"},
    }
    assert list(event).index("md5OfMessageAttributes") == list(event).index("md5OfBody") - 1


@pytest.mark.parametrize(
    ("number", "normal"), [("0012.3400", "12.34"), ("0.0", "0"), ("-5", "-5"), ("1E3", "1000"), ("100", "100")]
)
def test_numbers_are_normalised(number: str, normal: str) -> None:
    """As AWS was seen to do."""
    attributes = {"n": {"StringValue": number, "DataType": "Number.int"}}

    assert seen(message(MessageAttributes=attributes))["messageAttributes"]["n"]["stringValue"] == normal


@pytest.mark.parametrize("text", ["abc", "", "sNaN", "1E+9999999", "1,5"])
def test_what_is_no_number_is_handed_on_as_it_is(text: str) -> None:
    """AWS refuses such a message; an emulator may take it, and it must not end the queue's poller again and again."""
    attributes = {"n": {"StringValue": text, "DataType": "Number"}}

    assert seen(message(MessageAttributes=attributes))["messageAttributes"]["n"]["stringValue"] == text


def test_without_attributes_the_digest_depends_on_the_window() -> None:
    """Left out without a window, null with one (recorded)."""
    assert "md5OfMessageAttributes" not in seen(message())
    assert seen(message(), window=1)["md5OfMessageAttributes"] is None
