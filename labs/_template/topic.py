"""What a stream record says. Pure: no AWS here, so it is tested without."""

from collections.abc import Mapping
from typing import Any


def topic(record: Mapping[str, Any]) -> str:
    """The topic of a message: the partition key that the API gave it."""
    return str(record["kinesis"]["partitionKey"])


def position(record: Mapping[str, Any]) -> str:
    """Where the record stands in its shard, as text that sorts as the number does."""
    return str(record["kinesis"]["sequenceNumber"]).zfill(64)
