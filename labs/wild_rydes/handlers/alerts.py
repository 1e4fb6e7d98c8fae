"""Tells the topic about unicorns whose vital signs are low: one message per unicorn and batch.

The mapping's filter lets only such readings through, and its window gathers them, so nobody gets one message a second.
A batch that comes again is told of again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ..alert import alerts, subject
from ..aws import client
from ..reading import Reading, Unreadable, read


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping."""
    for alert in alerts(_readings(event)):
        client("sns").publish(
            TopicArn=os.environ["TOPIC_ARN"], Subject=subject(alert), Message=json.dumps(alert, ensure_ascii=False)
        )


def _readings(event: Mapping[str, Any]) -> Iterator[Reading]:
    for record in event["Records"]:
        try:
            yield read(record)
        except Unreadable:
            continue  # the processor reports those
