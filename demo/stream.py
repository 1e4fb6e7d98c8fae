"""What is in the stream, read from Kinesis itself, and how far the worker says that it has come."""

import base64
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from cloud import clients
from cloud.errors import FogbankError

PAGE = 1000  # records
ABOVE_ALL = 10**60  # sequence numbers have 56 digits

Place = tuple[str, int]
"""Where a record is: its shard and its sequence number."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the match in the stream: the gamer is its partition key, body its data."""

    shard: str
    sequence: int
    nickname: str
    body: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.shard, self.sequence


def records(stream: str, since: datetime, session_id: str) -> list[Record]:
    """Every record of the session that the stream took since then. since: whole seconds are enough, and asked for."""
    start = since.replace(microsecond=0)
    return [record for shard in _shards(stream) for record in _read(stream, shard, start, session_id)]


def count(stream: str, since: datetime) -> int:
    """How many records the stream took since then, of whatever session and whatever content."""
    start = since.replace(microsecond=0)
    return sum(1 for shard in _shards(stream) for _ in _pages(stream, shard, start))


def positions(worker: str, stream: str, function: str) -> dict[str, int]:
    """Shard -> sequence number up to which the function has handled it.

    -1 where it has handled nothing; a number above all others where the shard was closed and is done.
    """
    with urllib.request.urlopen(f"{worker}/positions", timeout=5) as answer:  # noqa: S310 - an address of ours
        rows = orjson.loads(answer.read())
    wanted = [row for row in rows if row["stream"] == stream and row["function"] == function]
    if not wanted:
        raise FogbankError(f"the worker names no position of {function} in {stream}")
    return {row["shard"]: _number(row["checkpoint"]) for row in wanted}


def _number(checkpoint: str) -> int:
    if checkpoint == "SHARD_END":
        return ABOVE_ALL
    return int(checkpoint) if checkpoint.isdigit() else -1


def handled(found: Iterable[Record], checkpoints: Mapping[str, int]) -> int:
    """How many of these records lie at or before their shard's checkpoint."""
    return sum(record.sequence <= checkpoints.get(record.shard, -1) for record in found)


def _shards(stream: str) -> list[str]:
    return [shard["ShardId"] for shard in _kinesis().list_shards(StreamName=stream)["Shards"]]


def _read(stream: str, shard: str, since: datetime, session_id: str) -> Iterator[Record]:
    for record in _pages(stream, shard, since):
        body = _parsed(record["Data"])
        if body.get("SessionId") == session_id:
            yield Record(shard, int(record["SequenceNumber"]), record["PartitionKey"], body)


def _parsed(data: bytes) -> Mapping[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {"unreadable": base64.b64encode(data).decode()}
    return body if isinstance(body, dict) else {"unreadable": body}


def _pages(stream: str, shard: str, since: datetime) -> Iterator[Any]:
    kinesis = _kinesis()
    where = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since}
    iterator = kinesis.get_shard_iterator(**where)["ShardIterator"]
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator, Limit=PAGE)
        yield from page["Records"]
        if not page["Records"] and not page["MillisBehindLatest"]:
            return
        iterator = page.get("NextShardIterator")


def _kinesis() -> Any:
    return clients.client("kinesis", retries=6)
