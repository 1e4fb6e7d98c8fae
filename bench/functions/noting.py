"""Functions that benchmarks run: each notes what it got, one JSON line per invocation in the file that NOTES names.

Times are epoch seconds. They import little, so that what is measured is the way to them.
"""

import base64
import json
import os
import time
from typing import Any

Event = dict[str, Any]


def counting(event: Event, _context: Any) -> None:
    """Note how many records came, and when."""
    _note({"in": time.time(), "count": len(event["Records"])})


def timing(event: Event, _context: Any) -> None:
    """Note when the records came that each hold the moment of their put."""
    entered = time.time()
    sent = [float(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]
    _note({"in": entered, "count": len(sent), "sent": sent})


def reading(event: Event, _context: Any) -> None:
    """Read every record, as a game's statistics would, and note the numbers that they hold."""
    entered = time.time()
    events = [json.loads(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]
    numbers = [one["Number"] for one in events]
    _note({"in": entered, "count": len(numbers), "numbers": numbers, "oldest": min(one["Sent"] for one in events)})


def _note(entry: Event) -> None:
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:  # noqa: PTH123 -- one write, so that lines stay whole
        notes.write(json.dumps(entry).encode() + b"\n")
