"""How this lab's functions reach AWS: one client per service and execution environment; items as plain dicts."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

_PATIENCE = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=8)  # seconds
_CONFLICT = "TransactionConflictException"
_CONFLICTS = 8  # attempts at a write that transactions get in the way of
_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


@cache
def client(service: str) -> Any:
    """The boto3 client of a service, made at its first use and kept for the invocations that follow."""
    return boto3.client(service, config=_PATIENCE)


def setting(name: str) -> str:
    """A setting of the function, as its Environment in lab.py gives it."""
    return os.environ[name]


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB takes them: {"Score": 5} becomes {"Score": {"N": "5"}}."""
    return {name: _serializer.serialize(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A DynamoDB item as plain values; all numbers of this lab are whole."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def patiently(call: Callable[..., Any], **request: Any) -> Any:
    """Call DynamoDB, again when a transaction has the item in hand: botocore does not, since it is over in no time."""
    for _ in range(_CONFLICTS - 1):
        try:
            return call(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONFLICT:
                raise
    return call(**request)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value
