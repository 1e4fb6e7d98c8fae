"""The dead-letter queue: records that cannot be counted go there with the reason, so that nothing vanishes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .aws import client, setting
from .status import Record

_AT_ONCE = 10  # messages in one SendMessageBatch call
_MOST_DATA = 20_000  # characters of a record's base64 that are kept: ten such messages fit into one call


@dataclass(frozen=True)
class DeadLetter:
    """A record and why it was not counted: "NotSeated", or "Unreadable: " and what is wrong."""

    reason: str
    record: Record


def send(letters: Sequence[DeadLetter]) -> None:
    """Send all, and return when the queue has them. Raises RuntimeError when it refuses one."""
    for start in range(0, len(letters), _AT_ONCE):
        entries = [
            {"Id": str(index), "MessageBody": json.dumps(_message(letter))}
            for index, letter in enumerate(letters[start : start + _AT_ONCE])
        ]
        answer = client("sqs").send_message_batch(QueueUrl=setting("DLQ_URL"), Entries=entries)
        if failed := answer.get("Failed"):
            raise RuntimeError(f"the dead-letter queue refused {len(failed)} messages: {failed[0].get('Code')}")


def _message(letter: DeadLetter) -> dict[str, Any]:
    kinesis = letter.record["kinesis"]
    data = kinesis["data"]
    return {
        "Reason": letter.reason,
        "EventId": letter.record.get("eventID"),
        "EventSourceArn": letter.record.get("eventSourceARN"),
        "PartitionKey": kinesis["partitionKey"],
        "SequenceNumber": kinesis["sequenceNumber"],
        "ArrivedAt": kinesis["approximateArrivalTimestamp"],
        "Data": data[:_MOST_DATA],
        "DataIsWhole": len(data) <= _MOST_DATA,
    }
