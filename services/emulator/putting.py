"""What Kinesis accepts of a put, and how it words a refusal.

MiniStack takes an empty PartitionKey in PutRecords, data that is not Base64 and a record without any, and answers 500
to an ExplicitHashKey that is no number. Alien Attack relies on an empty PartitionKey being refused with 400: a post to
a session that is not open becomes one, and is written nowhere.
(https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html)
"""

import binascii
import re
from typing import Any

from cloud.errors import AwsError
from services.emulator.shards import HASH_KEYS, hash_of

MAX_KEY = 256  # characters
MAX_DATA = 1024 * 1024  # bytes
MAX_RECORDS = 500
MAX_REQUEST = 5 * 1024 * 1024  # bytes, keys included

_EXPLICIT_HASH_KEY = re.compile(r"0|[1-9]\d{0,38}")


def check_record(record: dict[str, Any]) -> bytes:
    """The decoded data of what PutRecord was given. Raises AwsError."""
    data = _decoded(record)
    _refuse(_violations(record, data, "{}"))
    return data


def check_records(records: object) -> list[bytes]:
    """The decoded data of what PutRecords was given. Raises AwsError: one bad record refuses the whole request."""
    if not isinstance(records, list):
        _refuse(["Value null at 'records' failed to satisfy constraint: Member must not be null"])
        return []
    if not 1 <= len(records) <= MAX_RECORDS:
        bound = f"less than or equal to {MAX_RECORDS}" if records else "greater than or equal to 1"
        _refuse([_length(f"{len(records)} records", "records", bound)])
    data = [_decoded(record) for record in records]
    violations: list[str] = []
    for place, (record, content) in enumerate(zip(records, data, strict=True), start=1):
        violations += _violations(record, content, f"records.{place}.member.{{}}")
    _refuse(violations)
    if sum(len(content) + len(r["PartitionKey"].encode()) for content, r in zip(data, records, strict=True)) > (
        MAX_REQUEST
    ):
        raise AwsError("InvalidArgumentException", "Records size exceeds 5 MB limit")
    return data


def hash_key(record: dict[str, Any]) -> int:
    """The hash key that routes a record: its own, or its partition key's. Raises AwsError."""
    explicit = record.get("ExplicitHashKey")
    if explicit is None:
        return hash_of(record["PartitionKey"])
    if not isinstance(explicit, str) or not _EXPLICIT_HASH_KEY.fullmatch(explicit) or int(explicit) >= HASH_KEYS:
        raise AwsError(
            "InvalidArgumentException",
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]."
            f" Specified value was {explicit}",
        )
    return int(explicit)


def _decoded(record: object) -> bytes:
    if not isinstance(record, dict):
        raise AwsError("SerializationException", "a record is an object")
    try:
        (record.get("PartitionKey") or "").encode()
        data = record.get("Data")  # false or 0 is no text either: readers of its shard could not get past it
        return binascii.a2b_base64("" if data is None else data, strict_mode=True)
    except (AttributeError, TypeError, ValueError):
        raise AwsError("SerializationException", "PartitionKey is a text, Data one in Base64") from None


def _violations(record: dict[str, Any], data: bytes, place: str) -> list[str]:
    found = []
    key = record.get("PartitionKey")
    if record.get("Data") is None:
        found.append(_null(place.format("data")))
    elif len(data) > MAX_DATA:
        shown = f"java.nio.HeapByteBuffer[pos=0 lim={len(data)} cap={len(data)}]"
        found.append(_length(shown, place.format("data"), f"less than or equal to {MAX_DATA}"))
    if key is None:
        found.append(_null(place.format("partitionKey")))
    elif not key:
        found.append(_length(key, place.format("partitionKey"), "greater than or equal to 1"))
    elif len(key) > MAX_KEY:
        found.append(_length(key, place.format("partitionKey"), f"less than or equal to {MAX_KEY}"))
    return found


def _null(where: str) -> str:
    return f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _length(value: str, where: str, bound: str) -> str:
    return f"Value '{value}' at '{where}' failed to satisfy constraint: Member must have length {bound}"


def _refuse(violations: list[str]) -> None:
    if violations:
        errors = "1 validation error" if len(violations) == 1 else f"{len(violations)} validation errors"
        raise AwsError("ValidationException", f"{errors} detected: {'; '.join(violations)}")
