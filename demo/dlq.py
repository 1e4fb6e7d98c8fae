"""`python -m demo.dlq [--redrive]`: what is in the dead-letter queue and why; a second try for it.

A dead letter is handed to the scoreboard function again as the very record that it was, sequence number and all: so it
never overwrites what came after it. What still cannot be counted comes back as a new dead letter.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloud import clients
from cloud.errors import FogbankError
from demo.referee import SCOREBOARD
from labs.alien_attack.lab import LAB
from labs.declare import Queue

QUEUE = next(queue.QueueName for queue in LAB.of(Queue) if queue.logical_id == "DeadLetters")
MOST = 1000  # messages that are looked at
SHOWN = 50  # lines of the table
HIDDEN = 60  # seconds that others do not see what we look at
_AT_ONCE = 10  # messages in one call of SQS
_RECORDS = 100  # in one invocation
_DATA_SHOWN = 60  # characters


@dataclass(frozen=True)
class DeadLetter:
    """A message of the queue. body: as the lab writes it, or empty for what the lab has not written."""

    receipt: str
    body: dict[str, Any]

    @property
    def whole(self) -> bool:
        """Whether the record can be made of it again."""
        return bool(self.body.get("DataIsWhole"))

    @property
    def data(self) -> str:
        """What the record held, as far as it is text."""
        try:
            raw = base64.b64decode(self.body.get("Data", ""))
        except ValueError:
            return ""
        return raw[:_DATA_SHOWN].decode(errors="replace") + ("..." if len(raw) > _DATA_SHOWN else "")


def record(letter: DeadLetter) -> dict[str, Any]:
    """The record of a Kinesis event that the dead letter was."""
    body = letter.body
    return {
        "eventID": body["EventId"],
        "eventName": "aws:kinesis:record",
        "eventSource": "aws:kinesis",
        "eventSourceARN": body["EventSourceArn"],
        "eventVersion": "1.0",
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": body["PartitionKey"],
            "sequenceNumber": body["SequenceNumber"],
            "data": body["Data"],
            "approximateArrivalTimestamp": body.get("ArrivedAt", 0),
        },
    }


def letters() -> list[DeadLetter]:
    """What is in the queue now; hidden from others until release() or for a minute."""
    found: list[DeadLetter] = []
    while len(found) < MOST and (some := _receive()):
        found += [DeadLetter(message["ReceiptHandle"], _read(message["Body"])) for message in some]
    return found


def release(some: Sequence[DeadLetter]) -> None:
    """Let others see these again."""
    for few in _chunks(some, _AT_ONCE):
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for number, letter in enumerate(few)
        ]
        _sqs().change_message_visibility_batch(QueueUrl=_queue(), Entries=entries)


def redrive(some: Sequence[DeadLetter]) -> int:
    """Hand these to the scoreboard function again; returns how many. Each is deleted once the function has taken it.

    Raises FogbankError when the function fails; what it has not taken stays in the queue.
    """
    done = 0
    for few in _chunks([letter for letter in some if letter.whole], _RECORDS):
        event = {"Records": [record(letter) for letter in few]}
        answer = clients.client("lambda").invoke(FunctionName=SCOREBOARD, Payload=json.dumps(event).encode())
        if answer.get("FunctionError"):
            raise FogbankError(f"{SCOREBOARD} failed, {done} of the dead letters were redriven")
        _delete(few)
        done += len(few)
    return done


def show(some: Sequence[DeadLetter], console: Console) -> None:
    """Print the dead letters, one line each; what they hold is text, whatever it looks like."""
    table = Table("reason", "gamer", title=f"{QUEUE}: {len(some)} dead letters")
    table.add_column("sequence number", overflow="fold", min_width=28)
    table.add_column("data")
    for letter in some[:SHOWN]:
        values = (letter.body.get(name, "?") for name in ("Reason", "PartitionKey", "SequenceNumber"))
        table.add_row(*(Text(f"\u2068{value}\u2069") for value in values), Text(f"\u2068{letter.data}\u2069"))
    console.print(table)
    if len(some) > SHOWN:
        console.print(f"... and {len(some) - SHOWN} more")


def main() -> int:
    """Show, and redrive if asked to; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo.dlq", description="What is in the dead-letter queue.")
    parser.add_argument("--redrive", action="store_true", help="give the records a second try")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        found = letters()
        show(found, console)
        if asked.redrive:
            done = redrive(found)
            console.print(f"{done} redriven; what still cannot be counted is in the queue again")
        release([letter for letter in found if not (asked.redrive and letter.whole)])
    except (ClientError, BotoCoreError, FogbankError) as error:
        print(f"dlq: {error}", file=sys.stderr)
        return 1
    return 0


def _read(body: str) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _receive() -> list[dict[str, Any]]:
    answer = _sqs().receive_message(
        QueueUrl=_queue(), MaxNumberOfMessages=_AT_ONCE, VisibilityTimeout=HIDDEN, WaitTimeSeconds=0
    )
    return list(answer.get("Messages", ()))


def _delete(some: Sequence[DeadLetter]) -> None:
    for few in _chunks(some, _AT_ONCE):
        entries = [{"Id": str(number), "ReceiptHandle": letter.receipt} for number, letter in enumerate(few)]
        _sqs().delete_message_batch(QueueUrl=_queue(), Entries=entries)


def _chunks(some: Sequence[DeadLetter], size: int) -> Iterator[list[DeadLetter]]:
    remaining = iter(some)
    while few := list(islice(remaining, size)):
        yield few


def _queue() -> str:
    return str(_sqs().get_queue_url(QueueName=QUEUE)["QueueUrl"])


def _sqs() -> Any:
    return clients.client("sqs")


if __name__ == "__main__":
    sys.exit(main())
