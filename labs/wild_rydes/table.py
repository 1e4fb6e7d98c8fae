"""The table of readings: one item per unicorn and moment, so a reading that comes again replaces itself.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from collections.abc import Iterator, Sequence
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from .aws import client
from .reading import Reading

AT_ONCE = 25  # items that BatchWriteItem takes
TRIES = 5  # for items that DynamoDB leaves unprocessed; then the batch comes again

_serialize = TypeSerializer().serialize


class NotWritten(Exception):
    """DynamoDB has left items unprocessed; the batch must come again."""


def store(table: str, readings: Sequence[Reading]) -> None:
    """Write readings, each of which has Name and StatusTime. Raises NotWritten when DynamoDB does not take them all."""
    # One BatchWriteItem may not name an item twice, and of two the later reading counts.
    newest = {(reading["Name"], reading["StatusTime"]): reading for reading in readings}
    for chunk in _chunks(list(newest.values())):
        _write(table, [{"PutRequest": {"Item": _item(reading)}} for reading in chunk])


def _chunks(readings: list[Reading]) -> Iterator[list[Reading]]:
    return (readings[start : start + AT_ONCE] for start in range(0, len(readings), AT_ONCE))


def _item(reading: Reading) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in reading.items()}


def _write(table: str, requests: list[dict[str, Any]]) -> None:
    for _ in range(TRIES):
        answer = client("dynamodb").batch_write_item(RequestItems={table: requests})
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        if not requests:
            return
    raise NotWritten(f"{len(requests)} items of {table}")
