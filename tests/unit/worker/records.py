"""Records and mappings for the worker's unit tests."""

from typing import Any

from services.worker.mappings import configuration
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.record import Record

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/Input"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:Scoreboard"


def records(*numbers: int, arrival: float = 0.0) -> tuple[Record, ...]:
    """Records with these sequence numbers."""
    return tuple(
        Record(
            str(number),
            arrival,
            {
                "kinesis": {"partitionKey": f"key{number % 5}", "sequenceNumber": str(number)},
                "eventSource": "aws:kinesis",
            },
        )
        for number in numbers
    )


def mapping(**settings: Any) -> EventSourceMapping:
    """A mapping as a request with these settings makes it."""
    request = {"EventSourceArn": STREAM, "StartingPosition": "TRIM_HORIZON", **settings}
    return configuration.created(request, "m-1", FUNCTION)
