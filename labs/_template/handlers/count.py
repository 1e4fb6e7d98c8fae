"""Counts the messages of every topic.

A batch may come again, so a record counts only when it is later in the stream than the last one that counted. Records
of one topic share a partition key, hence a shard, hence an order.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3

from ..topic import position, topic


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping."""
    for record in event["Records"]:
        _count(topic(record), position(record))


def _count(name: str, at: str) -> None:
    try:
        dynamodb().update_item(
            TableName=os.environ["TOPICS_TABLE"],
            Key={"Topic": {"S": name}},
            UpdateExpression="ADD Messages :one SET LastPosition = :at",
            ConditionExpression="attribute_not_exists(LastPosition) OR LastPosition < :at",
            ExpressionAttributeValues={":one": {"N": "1"}, ":at": {"S": at}},
        )
    except dynamodb().exceptions.ConditionalCheckFailedException:
        return  # counted before


@cache
def dynamodb() -> Any:
    """The client, made at its first use and kept for the invocations that follow."""
    return boto3.client("dynamodb")
