"""The table of marks: how far things have come. Small items that move on and never back.

board/<session>      the board has changed; the table's stream tells those who push it
archive/<shard>      the last record that is in the archive
clock                the tick that comes next
"""

from collections.abc import Mapping
from typing import Any

from .aws import client, from_item, setting, to_item

BOARD = "board/"


def read(name: str) -> dict[str, Any]:
    """A mark's values; empty: there is none yet."""
    answer = client("dynamodb").get_item(
        TableName=setting("MARKS_TABLE"), Key=to_item({"Name": name}), ConsistentRead=True
    )
    return from_item(answer.get("Item") or {})


def touch(session_id: str, moment: int) -> None:
    """Let it be known that a session's board has changed. moment: milliseconds since 1970."""
    _set(f"{BOARD}{session_id}", {"At": moment}, "")


def advance(name: str, values: Mapping[str, Any], expected: int | None = None) -> int:
    """Write a mark with a Number; returns that number, 0 when the mark's is not the expected one any more."""
    condition = "" if expected is None else "attribute_not_exists(#Number) OR #Number = :expected"
    more = {} if expected is None else {":expected": expected}
    return int(values["Number"]) if _set(name, values, condition, more) else 0


def reach(name: str, position: str) -> None:
    """Move a mark with a Position on to this one; one that is further stays."""
    _set(name, {"Position": position}, "attribute_not_exists(#Position) OR #Position < :Position")


def _set(name: str, values: Mapping[str, Any], condition: str, more: Mapping[str, Any] | None = None) -> bool:
    request = {
        "TableName": setting("MARKS_TABLE"),
        "Key": to_item({"Name": name}),
        "UpdateExpression": "SET " + ", ".join(f"#{part} = :{part}" for part in values),
        "ExpressionAttributeNames": {f"#{part}": part for part in values},
        "ExpressionAttributeValues": to_item({f":{part}": value for part, value in values.items()} | dict(more or {})),
    }
    try:
        client("dynamodb").update_item(**request, **({"ConditionExpression": condition} if condition else {}))
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return False
    return True
