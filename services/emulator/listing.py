"""ListShards: its filters and its pages.

MiniStack ignores ShardFilter, and asks for the stream's name beside a NextToken, which AWS refuses
(https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html).
"""

import base64
import binascii
from typing import Any

import orjson

from cloud.errors import AwsError
from services.emulator.sequence import issued_at
from services.emulator.shards import Shard, Shards, is_open

PAGE = 1000
MOST = 10_000  # that MaxResults may ask for
TOKEN_LIFETIME = 300  # seconds


def select(shards: Shards, chosen: dict[str, Any] | None, horizon: float) -> list[str]:
    """The ids that a ShardFilter leaves, in order; all without one. horizon: what is older has no records left."""
    if not isinstance(chosen or {}, dict):
        raise AwsError("SerializationException", "ShardFilter is an object")
    kind = (chosen or {}).get("Type")
    if kind is None or kind == "FROM_TRIM_HORIZON":
        names = list(shards)
    elif kind == "AT_LATEST":
        names = [n for n, s in shards.items() if is_open(s)]
    elif kind == "AFTER_SHARD_ID":
        names = [n for n in shards if n > str(_required(chosen, "ShardId"))]
    elif kind == "AT_TRIM_HORIZON":
        names = [n for n, s in shards.items() if _was_open(s, horizon)]
    elif kind == "AT_TIMESTAMP":
        names = [n for n, s in shards.items() if _was_open(s, _timestamp(chosen))]
    elif kind == "FROM_TIMESTAMP":
        names = [n for n, s in shards.items() if _closed(s) >= _timestamp(chosen)]
    else:
        raise AwsError("InvalidArgumentException", f"Unknown ShardFilter type {kind}")
    return sorted(names)


def size(asked: object) -> int:
    """How many shards a page has at the most. Raises AwsError when MaxResults is none of 1 to 10,000."""
    if asked is None:
        return PAGE
    if isinstance(asked, bool) or not isinstance(asked, int):
        raise AwsError("SerializationException", "MaxResults is a whole number")
    if not 1 <= asked <= MOST:
        bound = "greater than or equal to 1" if asked < 1 else f"less than or equal to {MOST}"
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{asked}' at 'maxResults' failed to satisfy constraint: Member must"
            f" have value {bound}",
        )
    return asked


def token(stream: str, after: str, chosen: dict[str, Any] | None, now: float) -> str:
    """The NextToken with which the listing goes on after a shard."""
    return base64.urlsafe_b64encode(orjson.dumps([stream, after, chosen, int(now)])).decode()


def read_token(text: object, now: float) -> tuple[str, str, dict[str, Any] | None]:
    """Stream, last shard shown and filter of a NextToken. Raises AwsError when it is foreign or older than 300 s."""
    try:
        stream, after, chosen, made = orjson.loads(base64.urlsafe_b64decode(str(text).encode()))
        age = now - int(made)
    except (binascii.Error, ValueError, TypeError):
        raise AwsError("InvalidArgumentException", "NextToken is invalid.") from None
    if age > TOKEN_LIFETIME:
        raise AwsError("ExpiredNextTokenException", "NextToken has expired. Tokens expire after 300 seconds.")
    return str(stream), str(after), chosen


def _required(chosen: dict[str, Any] | None, name: str) -> Any:
    value = (chosen or {}).get(name)
    if value is None:
        raise AwsError("InvalidArgumentException", f"ShardFilter needs {name}")
    return value


def _timestamp(chosen: dict[str, Any] | None) -> float:
    value = _required(chosen, "Timestamp")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AwsError("SerializationException", "Timestamp is a number")
    return float(value)


def _opened(shard: Shard) -> float:
    # A shard without a parent came with its stream: there was no time before it.
    return issued_at(shard["starting_sequence_number"]) if shard.get("parent_shard_id") else float("-inf")


def _closed(shard: Shard) -> float:
    return float("inf") if is_open(shard) else issued_at(shard["ending_sequence_number"])


def _was_open(shard: Shard, at: float) -> bool:
    return _opened(shard) <= at < _closed(shard)
