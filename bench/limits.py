"""What the emulator itself can do, by boto3 and nothing else: the limits beside the figures."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cloud import clients

RECORD = b'{"Timestamp":"2026-01-01T00:00:00.000Z","SessionId":"bench","Lives":3,"Score":100,"Shots":7,"Level":1}'
BATCH = 500  # records of one PutRecords, Kinesis' own limit


def put_rate(stream: str, seconds: float) -> float:
    """Records a second that one thread puts, 500 a call."""
    kinesis = clients.client("kinesis")
    entries = [{"PartitionKey": str(number), "Data": RECORD} for number in range(BATCH)]
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        answer = kinesis.put_records(StreamName=stream, Records=entries)
        assert answer["FailedRecordCount"] == 0
        calls += 1
    return calls * BATCH / elapsed


def read_rate(stream: str, since: datetime, records: int) -> float:
    """Records a second of a bare get_records loop over the shards, one after the other, until so many were read.

    since: where the records begin.
    """
    kinesis = clients.client("kinesis")
    iterators = list(_iterators(kinesis, stream, since))
    start, count = time.perf_counter(), 0
    while count < records and iterators:
        page = kinesis.get_records(ShardIterator=iterators[0])
        count += len(page["Records"])
        if page["MillisBehindLatest"]:
            iterators[0] = page["NextShardIterator"]
        else:
            iterators.pop(0)
    elapsed = time.perf_counter() - start
    assert count >= records, f"{count} of {records} records read"
    return count / elapsed


def board_delay(table: str, times: int) -> float:
    """Milliseconds from a write of a row to the answer that shows it: the median of so many."""
    dynamodb, delays = clients.client("dynamodb"), []
    for number in range(times):
        key = {"SessionId": {"S": "bench-limit"}, "Nickname": {"S": "nobody"}}
        start = time.perf_counter()
        dynamodb.put_item(TableName=table, Item={**key, "Rank": {"S": f"{number:010}"}})
        dynamodb.query(
            TableName=table,
            IndexName="ByRank",
            KeyConditionExpression="SessionId = :s",
            ExpressionAttributeValues={":s": key["SessionId"]},
        )
        delays.append(1000 * (time.perf_counter() - start))
    dynamodb.delete_item(TableName=table, Key=key)
    return sorted(delays)[len(delays) // 2]


def now() -> datetime:
    """The moment, for read_rate."""
    return datetime.now(UTC)


def _iterators(kinesis: Any, stream: str, since: datetime) -> Iterator[str]:
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        where = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "AT_TIMESTAMP"}
        yield kinesis.get_shard_iterator(**where, Timestamp=since)["ShardIterator"]
