"""Who watches a board: the projector's wall, and managers who ask to. Few, who are told of that one board at once.

A connection is either in this table or in that of connections: what it hears of a board comes from one function only,
and so in the board's own order.
"""

from datetime import datetime

from .aws import client, from_item, setting, to_item
from .connections import expiry


def add(session_id: str, connection_id: str, moment: datetime) -> None:
    """Somebody watches a session's board from now on."""
    item = _key(session_id, connection_id) | {"ExpiresAt": expiry(moment)}
    client("dynamodb").put_item(TableName=setting("WATCHERS_TABLE"), Item=to_item(item))


def remove(session_id: str, connection_id: str) -> None:
    """Somebody watches no more; doing it twice changes nothing."""
    client("dynamodb").delete_item(TableName=setting("WATCHERS_TABLE"), Key=to_item(_key(session_id, connection_id)))


def of(session_id: str) -> list[str]:
    """The ids of all connections that watch a session's board."""
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=setting("WATCHERS_TABLE"),
            KeyConditionExpression="SessionId = :session",
            ExpressionAttributeValues=to_item({":session": session_id}),
        )
    )
    return [from_item(item)["ConnectionId"] for page in pages for item in page["Items"]]


def _key(session_id: str, connection_id: str) -> dict[str, str]:
    return {"SessionId": session_id, "ConnectionId": connection_id}
