"""Tells every page that is connected where the unicorns are: the newest reading of each in a batch.

The mapping's window gathers a second of readings. News that cannot be told is no news any more, and is not kept.
"""

import time
from collections.abc import Mapping
from typing import Any

from .. import sightings, watchers
from ..reading import Unreadable, read


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping."""
    if not (there := watchers.everybody()):
        return
    seen = sightings.Sightings()
    for record in event["Records"]:
        try:
            seen.add(read(record), record["kinesis"]["approximateArrivalTimestamp"])
        except Unreadable:
            continue  # the processor reports those
    if told := seen.told(time.time()):
        watchers.tell(there, list(sightings.messages(told)))
