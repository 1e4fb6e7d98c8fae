"""Sums up the distance of every minute, per shard, in a tumbling window.

Its last invocation of a window stores the sum. That may happen twice, and puts the same item then.
"""

import os
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from .. import distance
from ..aws import client
from ..reading import read

_serialize = TypeSerializer().serialize


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch of a mapping with a tumbling window; returns the window's state."""
    state = distance.add(event["state"], map(read, event["Records"]))
    if event["isFinalInvokeForWindow"] and state["name"]:
        _store(distance.item(state, event["window"], event["shardId"]))
    return {"state": state}


def _store(item: dict[str, Any]) -> None:
    """Put the item. Where another shard has that name and minute, as after a split, ours gets a name of its own."""
    mine = {
        "ConditionExpression": "attribute_not_exists(shardId) OR shardId = :ours",
        "ExpressionAttributeValues": {":ours": {"S": item["shardId"]}},
    }
    try:
        _put(item, **mine)
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        _put({**item, "name": f"{item['name']} ({item['shardId']})"})


def _put(item: dict[str, Any], **condition: Any) -> None:
    attributes = {name: _serialize(value) for name, value in item.items()}
    client("dynamodb").put_item(TableName=os.environ["TABLE_NAME"], Item=attributes, **condition)
