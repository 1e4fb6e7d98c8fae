"""A message of a queue, as a function sees it: the keys and their order were recorded on AWS.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
"""

import base64
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from services.worker.polling.record import Record

_ATTRIBUTES = (
    "ApproximateReceiveCount",
    "AWSTraceHeader",
    "SentTimestamp",
    "SequenceNumber",
    "MessageGroupId",
    "SenderId",
    "MessageDeduplicationId",
    "ApproximateFirstReceiveTimestamp",
    "DeadLetterQueueSourceArn",
)


def record_of(message: Mapping[str, Any], queue_arn: str, window: int) -> Record:
    """A message as boto3 returns it. window: the mapping's batching window in seconds.

    Its "sequence" is its id. Without attributes, their digest is null when there is a window, and else left out.
    """
    system, attributes = message.get("Attributes", {}), message.get("MessageAttributes", {})
    digest = {"md5OfMessageAttributes": message.get("MD5OfMessageAttributes")} if attributes or window else {}
    event = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {name: system[name] for name in _ATTRIBUTES if name in system},
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        **digest,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    return Record(message["MessageId"], int(system.get("SentTimestamp", 0)) / 1000, event)


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    kind = value["DataType"]
    scalar: dict[str, str] = {}
    if "BinaryValue" in value:
        scalar = {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    elif "StringValue" in value:
        text = value["StringValue"]
        scalar = {"stringValue": _number(text) if kind.partition(".")[0] == "Number" else text}
    return {**scalar, "stringListValues": [], "binaryListValues": [], "dataType": kind}


def _number(text: str) -> str:
    """SQS normalises numbers: 0012.3400 is 12.34. What is none it refuses to take; not every emulator does."""
    try:
        number = Decimal(text)
        return format(number.normalize(), "f") if number else "0"
    except DecimalException:
        return text
