"""The sink: lines are put into a stream, each once as far as one writer can make it.

Every line has a partition key of its own, made of the name that was stored with the intent. After a crash, or an answer
that never came, the sink is read from the intent on, and only what is not there is put.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cloud import shards
from cloud.errors import Unavailable
from services.analytics.state import Pending

_BATCH = 400  # records of one PutRecords, at most 500
_SLACK = 60.0  # seconds that two clocks may differ
_TRIES = 20


class Sink:
    """A stream to put into; the client must not try again by itself."""

    def __init__(self, kinesis: Any, arn: str) -> None:
        self.kinesis = kinesis
        self.arn = arn

    async def put(self, pending: Pending, *, looked: bool = False) -> int:
        """Put the lines that are not there yet; returns how many. looked: they are known to be new.

        Raises botocore's errors, after which some lines may be there, and Unavailable when the stream stays too busy.
        """
        there = frozenset() if looked else await self.keys(pending)
        left = [(key, line) for key, line in entries(pending) if key not in there]
        put = len(left)
        for attempt in range(_TRIES):
            if not left:
                return put
            await asyncio.sleep(min(0.05 * attempt, 1.0))  # the shard's second is over soon
            left = await self._batch(left[:_BATCH]) + left[_BATCH:]
        raise Unavailable(f"{self.arn} takes no more lines")

    async def keys(self, pending: Pending) -> frozenset[str]:
        """The partition keys of those lines that are in the sink."""
        found = await shards.listed(self.kinesis, self.arn)
        each = await asyncio.gather(*(self._keys_of(one.shard_id, pending) for one in found))
        return frozenset().union(*each)

    async def _keys_of(self, shard: str, pending: Pending) -> set[str]:
        start = datetime.fromtimestamp(pending.since - _SLACK, UTC)
        where = {"StreamARN": self.arn, "ShardId": shard, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": start}
        reply = await asyncio.to_thread(self.kinesis.get_shard_iterator, **where)
        iterator, found = reply["ShardIterator"], set()
        while iterator:
            page = await asyncio.to_thread(self.kinesis.get_records, ShardIterator=iterator, Limit=10_000)
            found |= {one["PartitionKey"] for one in page["Records"] if one["PartitionKey"].startswith(pending.name)}
            iterator = page.get("NextShardIterator") if page["Records"] or page.get("MillisBehindLatest") else None
        return found

    async def _batch(self, batch: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Put some; returns those that the stream did not take."""
        records = [{"PartitionKey": key, "Data": line.encode()} for key, line in batch]
        reply = await asyncio.to_thread(self.kinesis.put_records, StreamARN=self.arn, Records=records)
        return [one for one, said in zip(batch, reply["Records"], strict=True) if said.get("ErrorCode")]


def entries(pending: Pending) -> Iterator[tuple[str, str]]:
    """Partition key and line, for each."""
    for number, line in enumerate(pending.lines):
        yield f"{pending.name}-{number}", line
