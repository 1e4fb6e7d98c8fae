"""A function for tests of event sources: it notes every event as it is, and answers as its variables say.

FAIL    fails when the content of a record holds this text: a message's body, a change's JSON
REPLY   answers this JSON
REPORT  reports the records whose content holds one of these texts (separated by commas)
SLEEP   seconds that it takes
"""

from pathlib import Path
from typing import Any

from .worker_stack import Notes, Stack

CODE = """
import json, os, time

def identifier(record):
    return record.get("messageId") or record["dynamodb"]["SequenceNumber"]

def holds(record, text):  # not the record as a whole, whose ids and receipts are random
    return text in (record["body"] if "body" in record else json.dumps(record["dynamodb"]))

def handler(event, context):
    entry = {"event": event, "request": context.aws_request_id, "at": time.time()}
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(json.dumps(entry).encode() + b"\\n")
    time.sleep(float(os.environ.get("SLEEP", "0")))
    if os.environ.get("FAIL") and any(holds(r, os.environ["FAIL"]) for r in event["Records"]):
        raise ValueError("poison")
    if os.environ.get("REPORT"):
        texts = os.environ["REPORT"].split(",")
        failed = [r for r in event["Records"] if any(holds(r, text) for text in texts)]
        return {"batchItemFailures": [{"itemIdentifier": identifier(r)} for r in failed]}
    return json.loads(os.environ.get("REPLY", "null"))
"""


class Events(Notes):
    """What a function of this module noted."""

    def records(self) -> list[dict[str, Any]]:
        return [record for entry in self.entries() for record in entry["event"]["Records"]]

    def batches(self) -> list[list[str]]:
        """The bodies of every invocation's messages."""
        return [[record["body"] for record in entry["event"]["Records"]] for entry in self.entries()]

    def data(self) -> list[str]:
        return [record.get("eventID") or record["messageId"] for record in self.records()]


def function(stack: Stack, name: str, **more: Any) -> Events:
    """Create a function of this module; more as Stack.function's, environment among it."""
    folder = stack.folder / "events"
    if not folder.exists():
        folder.mkdir()
        Path(folder, "app.py").write_text(CODE)
    return Events(stack.function(name, folder=folder, **more).path)
