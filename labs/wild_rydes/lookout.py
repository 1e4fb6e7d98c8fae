"""A look at the stream itself: what it holds of the last seconds, from all of its shards."""

from collections.abc import Iterator
from typing import Any

from .aws import client
from .reading import Unreadable, parse
from .sightings import Sightings

BACK = 30  # seconds after which a unicorn counts as gone
FRESH = 1.0  # seconds for which what was seen is good for others who ask
MOST = 200  # pages of a shard; it holds fewer of half a minute


class Lookout:
    """Over one stream. What was seen within the last second is good for others who ask: the stream is read once."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self._looked = 0.0
        self._seen = Sightings()

    def look(self, now: float) -> Sightings:
        """The unicorns of the last seconds; now: seconds since 1970. Raises boto3's errors.

        A shard that was split or merged meanwhile is read like the others, so nobody is missing.
        """
        if not 0 <= now - self._looked < FRESH:
            self._seen, self._looked = self._look(now - BACK), now
        return self._seen

    def _look(self, since: float) -> Sightings:
        seen = Sightings()
        for shard in _shards(self.stream):
            for record in _records(self.stream, shard, since):
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
