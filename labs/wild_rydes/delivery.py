"""How readings get into the stream: one by PutRecord, several by PutRecords, each until the stream has taken it."""

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

AT_ONCE = 500  # records that PutRecords takes
PAUSE = 0.2  # seconds before records are offered again that a shard had no room for

Reading = Mapping[str, Any]


class Delivery:
    """Into one stream. dot: called after each put. stop: when set, nothing is offered again."""

    def __init__(self, kinesis: Any, stream: str, stop: Event, dot: Callable[[], None]) -> None:
        self.kinesis = kinesis
        self.stream = stream
        self.stop = stop
        self.dot = dot

    def put(self, readings: Sequence[Reading]) -> int:
        """Put all; returns how many the stream took, which is all unless stop was set. Raises boto3's errors."""
        if len(readings) == 1:
            self.kinesis.put_record(StreamName=self.stream, **_entry(readings[0]))
            self.dot()
            return 1
        chunks = (readings[start : start + AT_ONCE] for start in range(0, len(readings), AT_ONCE))
        return sum(self._put_all([_entry(reading) for reading in chunk]) for chunk in chunks)

    def _put_all(self, entries: list[dict[str, Any]]) -> int:
        put = 0
        while entries:
            answer = self.kinesis.put_records(StreamName=self.stream, Records=entries)
            self.dot()
            put += len(entries) - answer["FailedRecordCount"]
            results = zip(entries, answer["Records"], strict=True)
            entries = [entry for entry, result in results if result.get("ErrorCode")]
            if entries and self.stop.wait(PAUSE):
                break
        return put


def _entry(reading: Reading) -> dict[str, Any]:
    """A record of its own line; a unicorn's readings share a shard, and so keep their order."""
    return {"PartitionKey": reading["Name"], "Data": json.dumps(reading, ensure_ascii=False).encode() + b"\n"}
