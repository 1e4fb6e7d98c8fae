"""A record of a stream on its way to a function."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Record:
    """sequence: its number, decimal; arrival: epoch seconds; event: the record as the function will see it."""

    sequence: str
    arrival: float
    event: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes that the record takes in an event, a comma included."""
        return len(orjson.dumps(self.event)) + 1


def event(records: tuple[Record, ...]) -> bytes:
    """The event that a function gets: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    return orjson.dumps({"Records": [record.event for record in records]})
