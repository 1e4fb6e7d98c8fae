"""A look at the stream itself: what it holds of the last seconds, from all of its shards."""

from collections.abc import Iterator
from typing import Any

from .aws import client
from .reading import Unreadable, parse
from .sightings import Sightings

BACK = 30  # seconds after which a unicorn counts as gone
MOST = 200  # pages of a shard; it holds fewer of half a minute


def look(stream: str, now: float) -> Sightings:
    """The unicorns of the last seconds; now: seconds since 1970. Raises boto3's errors.

    A shard that was split or merged meanwhile is read like the others, so nobody is missing.
    """
    seen = Sightings()
    for shard in _shards(stream):
        for record in _records(stream, shard, now - BACK):
            try:
                seen.add(parse(record["Data"]), record["ApproximateArrivalTimestamp"].timestamp())
            except Unreadable:
                continue
    return seen


def _shards(stream: str) -> Iterator[str]:
    for page in client("kinesis").get_paginator("list_shards").paginate(StreamName=stream):
        yield from (shard["ShardId"] for shard in page["Shards"])


def _records(stream: str, shard: str, since: float) -> Iterator[dict[str, Any]]:
    where = {"StreamName": stream, "ShardId": shard, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since}
    iterator = client("kinesis").get_shard_iterator(**where)["ShardIterator"]
    for _ in range(MOST):
        answer = client("kinesis").get_records(ShardIterator=iterator)
        yield from answer["Records"]
        iterator = answer.get("NextShardIterator")
        if not iterator or not answer.get("MillisBehindLatest"):
            return
