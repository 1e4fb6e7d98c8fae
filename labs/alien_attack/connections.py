"""Who is connected to the WebSocket API, and how all of them are told something.

Every connection is an item. API Gateway says 410 of one that is gone, and then its item goes too.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from .aws import client, from_item, setting, to_item
from .lines import GONE, Lines
from .session import milliseconds

LONGEST = timedelta(hours=2)  # API Gateway ends every connection after that
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sent:
    """To how many a message went, and whose connections were gone."""

    sent: int
    stale: int


def add(connection_id: str, username: str, groups: str, moment: datetime) -> None:
    """Somebody has connected. groups: joined by commas."""
    item = {
        "ConnectionId": connection_id,
        "Username": username,
        "Groups": groups,
        "ConnectedAt": milliseconds(moment),
        "ExpiresAt": expiry(moment),
    }
    client("dynamodb").put_item(TableName=setting("CONNECTIONS_TABLE"), Item=to_item(item))


def remove(connection_id: str) -> None:
    """Somebody has gone; doing it twice changes nothing."""
    client("dynamodb").delete_item(TableName=setting("CONNECTIONS_TABLE"), Key=to_item({"ConnectionId": connection_id}))


def expiry(moment: datetime) -> int:
    """When a connection that opens now has ended, whatever is heard of it: seconds since 1970."""
    return milliseconds(moment + LONGEST) // 1000


def everybody() -> list[str]:
    """The ids of all connections."""
    pages = (
        client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=setting("CONNECTIONS_TABLE"), ProjectionExpression="ConnectionId")
    )
    return [from_item(item)["ConnectionId"] for page in pages for item in page["Items"]]


def broadcast(messages: Iterable[Mapping[str, Any]]) -> Sent:
    """Send messages to everybody, to each in their order."""
    return send(everybody(), messages)


def send(
    connection_ids: Sequence[str], messages: Iterable[Mapping[str, Any]], forget: Callable[[str], None] = remove
) -> Sent:
    """Send messages to these connections; those that are gone are forgotten. What fails otherwise is logged."""
    texts = [_text(message) for message in messages]
    if not connection_ids or not texts:
        return Sent(0, 0)
    statuses = lines().post(connection_ids, texts)
    stale = [connection_id for connection_id, status in statuses.items() if status == GONE]
    for connection_id in stale:
        forget(connection_id)
    told = list(statuses.values()).count(200)
    if failed := len(statuses) - told - len(stale):
        log.warning("not told: %d of %d", failed, len(statuses))
    return Sent(told, len(stale))


def reaches(connection_id: str, message: Mapping[str, Any]) -> bool:
    """Send a message to one connection; False when it is gone, or not there yet."""
    return lines().post([connection_id], [_text(message)])[connection_id] != GONE


def _text(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def lines() -> Lines:
    """The WebSocket API's own management API, which is where clients connect to, by HTTP."""
    return Lines(setting("LIVE_URL").replace("ws", "http", 1))
