"""Kinesis' records, mended: putting and getting them.

Each action takes a request's JSON and returns a reply's; kinesis.py puts them in the place of MiniStack's. Why one
differs from MiniStack's is said in the file that it calls: putting, records, iterators, throttle, stream_log.
"""

import base64
import sys
from typing import Any

from cloud.errors import AwsError
from services.emulator import iterators, putting, records, shards
from services.emulator.iterators import Iterator
from services.emulator.monitoring import Monitoring
from services.emulator.segment import Addition, Record, record
from services.emulator.sequence import before_time
from services.emulator.stream_log import Stream, StreamLog, created
from services.emulator.streams import Json, Streams
from services.emulator.throttle import Throttle

MAX_LIMIT = 10_000  # records of one GetRecords
Taken = tuple[str, str, str, bytes]  # shard, partition key, data in Base64 and as it is


class Traffic:
    """The actions on records. throttle: None means that no shard has a limit; monitoring: hears of each."""

    def __init__(self, streams: Streams, log: StreamLog, throttle: Throttle | None, monitoring: Monitoring) -> None:
        self.streams = streams
        self.log = log
        self.throttle = throttle
        self.monitoring = monitoring

    def put_record(self, request: Json) -> Json:
        """PutRecord."""
        data = putting.check_record(request)
        stream = self.streams.stream(request)
        target = shards.route(stream["shards"], putting.hash_key(request))
        if not self._admits(stream, target, len(data)):
            self.monitoring.put_refused(stream["StreamName"])
            raise self._exceeded(stream, target)
        (number,) = self._add(stream, [(target, request["PartitionKey"], request["Data"], data)])
        self.monitoring.put(stream["StreamName"], len(data))
        return {"ShardId": target, "SequenceNumber": number, **_encryption(stream)}

    def put_records(self, request: Json) -> Json:
        """PutRecords: records beyond a shard's rate fail one by one, the others are taken."""
        contents = putting.check_records(request.get("Records"))
        stream = self.streams.stream(request)
        targets = [shards.route(stream["shards"], putting.hash_key(r)) for r in request["Records"]]
        taken: list[Taken] = []
        results: list[Json] = []
        for given, data, target in zip(request["Records"], contents, targets, strict=True):
            if self._admits(stream, target, len(data)):
                taken.append((target, given["PartitionKey"], given["Data"], data))
                results.append({"ShardId": target})
            else:
                refusal = self._exceeded(stream, target)
                results.append({"ErrorCode": refusal.code, "ErrorMessage": refusal.message})
        numbers = iter(self._add(stream, taken))
        for result in results:
            if "ShardId" in result:
                result["SequenceNumber"] = next(numbers)
        refused = len(results) - len(taken)
        self.monitoring.put_many(stream["StreamName"], [len(data) for *_, data in taken], refused)
        return {"FailedRecordCount": refused, "Records": results, **_encryption(stream)}

    def put_internal(self, stream_arn: str, partition_key: str, data: bytes) -> bool:
        """What other services of MiniStack put (DynamoDB's streaming destination); whether the stream took it."""
        stream = self.streams.kinesis._resolve_stream_by_arn(stream_arn)
        if not stream:
            return False
        target = shards.route(stream["shards"], shards.hash_of(partition_key))
        self._add(stream, [(target, partition_key, base64.b64encode(data).decode(), data)])
        return True

    def get_shard_iterator(self, request: Json) -> Json:
        """GetShardIterator."""
        stream = self.streams.stream(request)
        name = request.get("ShardId")
        self.streams.shard(stream, name)
        after = records.start(
            request.get("ShardIteratorType"),
            request.get("StartingSequenceNumber"),
            request.get("Timestamp"),
            self.streams.numbers.latest(),
        )
        return {"ShardIterator": self._iterator(stream, str(name), after)}

    def get_records(self, request: Json) -> Json:
        """GetRecords: at the end of a closed shard there is no next iterator, but its children."""
        limit = _limit(request.get("Limit"))
        now = self.streams.clock()
        place = iterators.decode(request.get("ShardIterator"), now)
        stream = self._stream_of(place)
        shard = self.streams.shard(stream, place.shard)
        self._admit_read(stream, place.shard)
        found, waiting = self.page(stream, place.shard, place.after, limit)
        behind = records.millis_behind(waiting, now)
        self._count_read(stream, place.shard, found, behind)
        reply: Json = {"Records": found, "MillisBehindLatest": behind}
        if not shards.is_open(shard) and not waiting:
            return {**reply, "NextShardIterator": None, "ChildShards": shards.children(stream["shards"], place.shard)}
        after = found[-1]["SequenceNumber"] if found else place.after
        return {**reply, "NextShardIterator": self._iterator(stream, place.shard, after)}

    def page(self, stream: Stream, shard: str, after: str, limit: int) -> tuple[list[Record], Record | None]:
        """A shard's next records after a sequence number that retention has not taken, and the one that waits."""
        after = max(after, before_time(self.streams.horizon(stream)))
        with self.log.lock:
            return records.page(self.log.after(stream, shard, after), limit)

    def _add(self, stream: Stream, taken: list[Taken]) -> list[str]:
        """Accept records; their sequence numbers."""
        if not taken:
            return []
        kind = stream.get("EncryptionType", "NONE")
        with self.log.lock:
            additions: list[Addition] = [
                (shard, record(self.streams.numbers.issue(), key, data, kind)) for shard, key, data, _ in taken
            ]
            self.log.append(stream, additions)  # raises: what cannot be kept is not accepted
        self.streams.kinesis.esm_wake.set()
        # MiniStack's Firehose is told what a stream took; while it is not loaded there are no delivery streams.
        if firehose := sys.modules.get("ministack.services.firehose"):
            firehose.ingest_from_kinesis_source(stream["StreamARN"], [(key, content) for _, key, _, content in taken])
        return [added["SequenceNumber"] for _, added in additions]

    def _stream_of(self, place: Iterator) -> Stream:
        stream = self.streams.stream({"StreamName": place.stream})
        if created(stream) != place.created:
            raise AwsError("ResourceNotFoundException", f"Stream {place.stream} was deleted and created again.")
        return stream

    def _iterator(self, stream: Stream, shard: str, after: str) -> str:
        place = Iterator(stream["StreamName"], created(stream), shard, after, self.streams.clock())
        return iterators.encode(place)

    def _admits(self, stream: Stream, shard: str, size: int) -> bool:
        return self.throttle is None or self.throttle.admit_write(_place(stream, shard), size)

    def _admit_read(self, stream: Stream, shard: str) -> None:
        if self.throttle and not self.throttle.admit_read(_place(stream, shard)):
            self.monitoring.get_refused(stream["StreamName"])
            raise self._exceeded(stream, shard)

    def _count_read(self, stream: Stream, shard: str, found: list[Record], behind: float) -> None:
        size = sum(records.size(r) for r in found)
        self.monitoring.got(stream["StreamName"], len(found), size, behind)
        if self.throttle:
            self.throttle.count_read(_place(stream, shard), size)

    def _exceeded(self, stream: Stream, shard: str) -> AwsError:
        return AwsError(
            "ProvisionedThroughputExceededException",
            f"Rate exceeded for shard {shard} in stream {stream['StreamName']} under account {self.streams.account()}.",
        )


def _limit(value: object) -> int:
    if value is None:
        return MAX_LIMIT
    if not isinstance(value, int) or not 1 <= value <= MAX_LIMIT:
        bound = f"less than or equal to {MAX_LIMIT}" if isinstance(value, int) and value > 1 else "greater than 0"
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{value}' at 'limit' failed to satisfy constraint: Member must have"
            f" value {bound}",
        )
    return value


def _place(stream: Stream, shard: str) -> str:
    return f"{stream['StreamARN']}/{shard}"


def _encryption(stream: Stream) -> dict[str, Any]:
    kind = stream.get("EncryptionType", "NONE")
    return {} if kind == "NONE" else {"EncryptionType": kind}
