"""The distance of a window, summed up record by record. Pure.

A tumbling window's state travels with the invocations: what one returns, the next one of the same window is given.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from .reading import Reading

State = Mapping[str, Any]


def add(state: State, readings: Iterable[Reading]) -> dict[str, Any]:
    """The state after these readings: {"distance": metres, as text to lose no digit, "name": the last reading's}."""
    distance, name = Decimal(str(state.get("distance", 0))), state.get("name", "")
    for reading in readings:
        distance += Decimal(str(reading["Distance"]))
        name = reading["Name"]
    return {"distance": str(distance), "name": name}


def item(state: State, window: Mapping[str, str], shard: str) -> dict[str, Any]:
    """A window's item: name, windowStart, windowEnd (as Lambda gives them), distance (whole metres), shardId."""
    return {
        "name": state["name"],
        "windowStart": window["start"],
        "windowEnd": window["end"],
        "distance": round(Decimal(str(state["distance"]))),
        "shardId": shard,
    }
