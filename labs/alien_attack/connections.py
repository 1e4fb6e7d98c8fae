"""Who is connected to the WebSocket API, and how all of them are told something.

Every connection is an item. API Gateway says 410 of one that is gone, and then its item goes too.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .aws import client, from_item, setting, to_item
from .session import milliseconds

LONGEST = timedelta(hours=2)  # API Gateway ends every connection after that
_AT_ONCE = 16  # posts under way
_GONE = "GoneException"
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
        "ExpiresAt": milliseconds(moment + LONGEST) // 1000,
    }
    client("dynamodb").put_item(TableName=setting("CONNECTIONS_TABLE"), Item=to_item(item))


def remove(connection_id: str) -> None:
    """Somebody has gone; doing it twice changes nothing."""
    client("dynamodb").delete_item(TableName=setting("CONNECTIONS_TABLE"), Key=to_item({"ConnectionId": connection_id}))


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


def send(connection_ids: Iterable[str], messages: Iterable[Mapping[str, Any]]) -> Sent:
    """Send messages to these connections; those that are gone are forgotten. What fails otherwise is logged."""
    texts = [json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() for message in messages]
    there = list(connection_ids)
    if not there or not texts:
        return Sent(0, 0)
    with ThreadPoolExecutor(min(_AT_ONCE, len(there))) as threads:
        arrived = list(threads.map(lambda connection_id: _post(connection_id, texts), there))
    stale = [connection_id for connection_id, what in zip(there, arrived, strict=True) if what == _GONE]
    for connection_id in stale:
        remove(connection_id)
    return Sent(arrived.count(""), len(stale))


def reaches(connection_id: str, message: Mapping[str, Any]) -> bool:
    """Send a message to one connection; False when it is gone, or not there yet."""
    return _post(connection_id, [json.dumps(message).encode()]) != _GONE


def _post(connection_id: str, texts: Iterable[bytes]) -> str:
    """What became of it: "" when all was sent, else an error's code."""
    try:
        for text in texts:
            _api().post_to_connection(ConnectionId=connection_id, Data=text)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code != _GONE:
            log.warning("a message was not sent: %s", code)
        return code
    except BotoCoreError as error:
        log.warning("a message was not sent: %s", type(error).__name__)
        return type(error).__name__
    return ""


@cache
def _api() -> Any:
    """The WebSocket API's own management API, which is where clients connect to, by HTTP."""
    address = setting("LIVE_URL").replace("ws", "http", 1)
    patience = Config(
        max_pool_connections=_AT_ONCE, connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}
    )
    return boto3.client("apigatewaymanagementapi", endpoint_url=address, config=patience)
