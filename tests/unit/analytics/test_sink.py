"""The sink: a line is put once, whatever the stream answers, or does not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from services.analytics.sink import Sink
from services.analytics.state import Pending

PENDING = Pending("abc", datetime(2026, 11, 25, tzinfo=UTC).timestamp(), [f'{{"n":{n}}}' for n in range(900)])


class Stream:
    """Kinesis with one shard. refuses: so many records of every call; breaks_after: no answer to this call, 1 on."""

    def __init__(self, refuses: int = 0, breaks_after: int = 0) -> None:
        self.records: list[dict[str, Any]] = [{"PartitionKey": "somebody's", "Data": b"{}"}]
        self.refuses, self.breaks_after, self.calls = refuses, breaks_after, 0

    def put_records(self, StreamARN: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        self.calls += 1
        taken = Records[self.refuses :] if self.calls % 2 else Records
        self.records += taken
        if self.calls == self.breaks_after:
            raise ReadTimeoutError(endpoint_url=StreamARN)
        refused = len(Records) - len(taken)
        return {"Records": [{"ErrorCode": "ProvisionedThroughputExceededException"}] * refused + [{}] * len(taken)}

    def list_shards(self, StreamARN: str) -> dict[str, Any]:
        keys = {"StartingHashKey": "0", "EndingHashKey": "1"}
        return {"Shards": [{"ShardId": "s-0", "SequenceNumberRange": {}, "HashKeyRange": keys}]}

    def get_shard_iterator(self, **where: Any) -> dict[str, Any]:
        assert where["Timestamp"].timestamp() < PENDING.since
        return {"ShardIterator": "0"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        start = int(ShardIterator)
        return {"Records": self.records[start : start + 100], "NextShardIterator": str(start + 100)}

    def lines(self) -> list[bytes]:
        return sorted(one["Data"] for one in self.records[1:])


WANTED = sorted(line.encode() for line in PENDING.lines)


def test_what_the_stream_refuses_is_put_again_and_nothing_else() -> None:
    """Some records of a call are throttled: each line is there once in the end."""
    stream = Stream(refuses=30)

    assert asyncio.run(Sink(stream, "arn").put(PENDING, looked=True)) == 900
    assert stream.lines() == WANTED


@pytest.mark.parametrize("call", [1, 2, 3])
def test_after_an_answer_that_never_came_only_what_is_missing_is_put(call: int) -> None:
    """The records of that call are there; whoever goes on sees them and puts the rest."""
    stream = Stream(breaks_after=call)
    with pytest.raises(ReadTimeoutError):
        asyncio.run(Sink(stream, "arn").put(PENDING, looked=True))
    put = asyncio.run(Sink(stream, "arn").put(PENDING))

    assert stream.lines() == WANTED
    assert put == max(900 - 400 * call, 0)
