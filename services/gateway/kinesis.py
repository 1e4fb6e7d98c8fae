"""Kinesis's rules for one record, applied before it joins others: a bad record must never harm a good one.

AWS page: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.gateway.messages import Reply

MAX_RECORD = 1_048_576  # bytes of data and partition key together
MAX_KEY = 256  # characters

_STREAM = ("StreamName", "StreamARN")
_FIELDS = {*_STREAM, "Data", "PartitionKey", "ExplicitHashKey"}
_HASH_KEY = re.compile(r"0|([1-9]\d{0,38})")


@dataclass(slots=True)
class PutRecord:
    """A PutRecord request that may join others. stream: StreamName or StreamARN with its value; size: bytes."""

    stream: tuple[str, str]
    entry: dict[str, str]
    size: int


def read(body: bytes) -> PutRecord | Reply | None:
    """A request's body as a record to join others, or Kinesis's refusal of it.

    None: it uses something that PutRecords cannot express (SequenceNumberForOrdering), it must go alone.
    """
    try:
        fields = orjson.loads(body)
    except ValueError:
        return error("SerializationException", "The request body is not valid JSON")
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS or not _plain(fields):
        return None
    names = [name for name in _STREAM if fields.get(name)]
    if len(names) != 1:
        return None
    if problems := _problems(fields):
        noun = "error" if len(problems) == 1 else "errors"
        return error("ValidationException", f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")
    return _measured(fields, names[0])


def error(code: str, message: str, status: int = 400) -> Reply:
    """An error as Kinesis words it."""
    body = orjson.dumps({"__type": code, "message": message})
    return Reply(status, {"content-type": "application/x-amz-json-1.1"}, body)


def _plain(fields: Mapping[str, Any]) -> bool:
    return all(value is None or isinstance(value, str) for value in fields.values())


def _problems(fields: Mapping[str, Any]) -> list[str]:
    found = []
    key, hash_key = fields.get("PartitionKey"), fields.get("ExplicitHashKey")
    if key is None:
        found.append(_problem("null", "partitionKey", "Member must not be null"))
    elif not key:
        found.append(_problem("''", "partitionKey", "Member must have length greater than or equal to 1"))
    elif len(key) > MAX_KEY:
        found.append(_problem(f"'{key}'", "partitionKey", "Member must have length less than or equal to 256"))
    if fields.get("Data") is None:
        found.append(_problem("null", "data", "Member must not be null"))
    if hash_key is not None and not _HASH_KEY.fullmatch(hash_key):
        pattern = "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})"
        found.append(_problem(f"'{hash_key}'", "explicitHashKey", pattern))
    return found


def _problem(value: str, member: str, constraint: str) -> str:
    return f"Value {value} at '{member}' failed to satisfy constraint: {constraint}"


def _measured(fields: Mapping[str, str], stream: str) -> PutRecord | Reply:
    try:
        data = binascii.a2b_base64(fields["Data"], strict_mode=True)
    except ValueError:
        return error("SerializationException", "Data is not valid Base64")
    size = len(data) + len(fields["PartitionKey"].encode())
    if size > MAX_RECORD:
        too_long = (
            f"Value at 'data' failed to satisfy constraint: Member must have length less than or equal to {MAX_RECORD}"
        )
        return error("ValidationException", f"1 validation error detected: {too_long}")
    hash_key = fields.get("ExplicitHashKey")
    if hash_key is not None and int(hash_key) >= 2**128:
        return error(
            "InvalidArgumentException",
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {hash_key}",
        )
    entry = {key: value for key, value in fields.items() if value is not None and key not in _STREAM}
    return PutRecord((stream, fields[stream]), entry, size)
