"""Which pages are connected to the WebSocket API, and how all of them are told something.

Every connection is an item. API Gateway says 410 of one that is gone, and then its item goes too.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .aws import client

LONGEST = 2 * 3600  # seconds after which API Gateway ends a connection
AT_ONCE = 8  # connections that are told at the same time
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
log = logging.getLogger(__name__)


def add(connection_id: str, now: float) -> None:
    """A page has connected; now: seconds since 1970."""
    item = {"ConnectionId": {"S": connection_id}, "ExpiresAt": {"N": str(int(now) + LONGEST)}}
    client("dynamodb").put_item(TableName=_table(), Item=item)


def remove(connection_id: str) -> None:
    """It has gone; doing it twice changes nothing."""
    client("dynamodb").delete_item(TableName=_table(), Key={"ConnectionId": {"S": connection_id}})


def everybody() -> list[str]:
    """The ids of all connections."""
    scan = client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=_table(), ProjectionExpression="ConnectionId")
    return [item["ConnectionId"]["S"] for page in pages for item in page["Items"]]


def tell(connection_ids: Sequence[str], messages: Sequence[str]) -> int:
    """Send messages to these, to each in their order; returns how many heard all. What fails is logged."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(partial(_tell, messages=messages), connection_ids))


def _tell(connection_id: str, messages: Sequence[str]) -> bool:
    try:
        for message in messages:
            _management().post_to_connection(ConnectionId=connection_id, Data=message.encode())
    except _management().exceptions.GoneException:
        remove(connection_id)
        return False
    except (BotoCoreError, ClientError) as error:  # one page that cannot be told keeps nothing from the others
        log.warning("not told: %s", error)
        return False
    return True


@cache
def _management() -> Any:
    """The WebSocket API's own management API, which is where pages connect to, by HTTP."""
    address = os.environ["LIVE_URL"].replace("ws", "http", 1)
    return boto3.client("apigatewaymanagementapi", endpoint_url=address, config=_CONFIG)


def _table() -> str:
    return os.environ["WATCHERS_TABLE"]
