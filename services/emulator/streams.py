"""Kinesis' streams, mended: creating, describing, listing and resharding them.

Each action takes a request's JSON and returns a reply's; kinesis.py puts them in the place of MiniStack's. Why one
differs from MiniStack's is said in the file that it calls: shards, listing, sequence.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from cloud.errors import AwsError
from services.emulator import listing, shards
from services.emulator.sequence import SequenceNumbers
from services.emulator.stream_log import Stream

Json = dict[str, Any]

ON_DEMAND_SHARDS = 4  # what AWS begins an on-demand stream with; MiniStack begins with 1
SHARD_LIMIT = 1000  # open shards of an account in a region: the smallest of AWS's quotas, and what one process can hold
EXPIRED = "Expired"  # a stream's field: what arrived before this time is gone, however long retention is now
_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")


class Streams:
    """The actions on streams and shards. kinesis: MiniStack's module, for its store and its lookups."""

    def __init__(self, kinesis: Any, numbers: SequenceNumbers, clock: Callable[[], float] = time.time) -> None:
        self.kinesis = kinesis
        self.numbers = numbers
        self.clock = clock

    def create(self, request: Json) -> Json:
        """CreateStream: AWS's names only, creation time to the millisecond, four shards on demand."""
        name = request.get("StreamName")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise AwsError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'streamName' failed to satisfy constraint: Member must"
                " satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
            )
        if name in self.kinesis._streams:
            raise AwsError("ResourceInUseException", f"Stream {name} under account {self.account()} already exists.")
        mode = (request.get("StreamModeDetails") or {}).get("StreamMode", "PROVISIONED")
        count = ON_DEMAND_SHARDS if mode == "ON_DEMAND" else _count(request.get("ShardCount", 1), "shardCount")
        self._allow(count)
        self.kinesis._streams[name] = self._new(name, mode, count, request.get("Tags") or {})
        return {}

    def describe_summary(self, request: Json) -> Json:
        """DescribeStreamSummary: closed shards are not counted."""
        stream = self.stream(request)
        shown = self.kinesis._stream_desc(stream, [])
        for absent in ("Shards", "HasMoreShards"):
            del shown[absent]
        consumers = [c for c in self.kinesis._consumers.values() if c["StreamARN"] == stream["StreamARN"]]
        counts = {"OpenShardCount": len(shards.open_ids(stream["shards"])), "ConsumerCount": len(consumers)}
        return {"StreamDescriptionSummary": {**shown, **counts}}

    def list_shards(self, request: Json) -> Json:
        """ListShards, with ShardFilter, MaxResults and NextToken."""
        after, chosen = request.get("ExclusiveStartShardId", ""), request.get("ShardFilter")
        if text := request.get("NextToken"):
            if request.get("StreamName"):
                raise AwsError("InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
            name, after, chosen = listing.read_token(text, self.clock())
            request = {**request, "StreamName": name}
        stream = self.stream(request)
        if not isinstance(after, str):
            raise AwsError("SerializationException", "ExclusiveStartShardId is a text")
        found = [n for n in listing.select(stream["shards"], chosen, self.horizon(stream)) if n > after]
        size = listing.size(request.get("MaxResults"))
        reply: Json = {"Shards": [shards.describe(n, stream["shards"][n]) for n in found[:size]]}
        if len(found) > size:
            reply["NextToken"] = listing.token(stream["StreamName"], found[size - 1], chosen, self.clock())
        return reply

    def split(self, request: Json) -> Json:
        """SplitShard."""
        stream, at = self.stream(request), request.get("NewStartingHashKey")
        self.shard(stream, request.get("ShardToSplit"))
        if not isinstance(at, str) or not at.isdecimal():
            raise AwsError("InvalidArgumentException", f"NewStartingHashKey {at} is not a number")
        self._allow(1)
        shards.split(stream["shards"], request["ShardToSplit"], int(at), self.numbers.issue)
        return {}

    def merge(self, request: Json) -> Json:
        """MergeShards."""
        stream = self.stream(request)
        pair = (request.get("ShardToMerge"), request.get("AdjacentShardToMerge"))
        for name in pair:
            self.shard(stream, name)
        shards.merge(stream["shards"], str(pair[0]), str(pair[1]), self.numbers.issue)
        return {}

    def update_count(self, request: Json) -> Json:
        """UpdateShardCount: at most to double the open shards, at least to half of them."""
        stream = self.stream(request)
        target = _count(request.get("TargetShardCount"), "targetShardCount")
        current = len(shards.open_ids(stream["shards"]))
        if not current / 2 <= target <= current * 2:
            bound = "up over double" if target > current else "down below half"
            raise AwsError(
                "InvalidArgumentException",
                f"UpdateShardCount cannot scale {bound} your current open shard count."
                f" Current open shard count: {current} Target shard count: {target}",
            )
        self._allow(target - current)
        shards.rescale(stream["shards"], target, self.numbers.issue)
        names = {"StreamName": stream["StreamName"], "StreamARN": stream["StreamARN"]}
        return {**names, "CurrentShardCount": current, "TargetShardCount": target}

    def stream(self, request: Json) -> Stream:
        """The stream that a request names or gives the ARN of. Raises AwsError ResourceNotFoundException."""
        name, stream = self.kinesis._resolve_stream(request)
        if not stream:
            raise AwsError("ResourceNotFoundException", f"Stream {name} under account {self.account()} not found.")
        found: Stream = stream
        return found

    def shard(self, stream: Stream, name: object) -> shards.Shard:
        """The shard of that id. Raises AwsError ResourceNotFoundException."""
        found: shards.Shard | None = stream["shards"].get(name)
        if found is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"Could not find shard {name} in stream {stream['StreamName']} under account {self.account()}.",
            )
        return found

    def horizon(self, stream: Stream) -> float:
        """What arrived before this time is past the stream's retention; seconds since 1970."""
        return max(float(self.clock() - stream["RetentionPeriodHours"] * 3600), float(stream.get(EXPIRED, 0)))

    def account(self) -> str:
        """The account of the request that is being answered."""
        return str(self.kinesis.get_account_id())

    def _allow(self, more: int) -> None:
        """Raises AwsError LimitExceededException when so many more open shards would be too many."""
        current = sum(len(shards.open_ids(stream["shards"])) for stream in self.kinesis._streams.values())
        if more > 0 and current + more > SHARD_LIMIT:
            raise AwsError(
                "LimitExceededException",
                f"This request would exceed the shard limit for the account {self.account()} in"
                f" {self.kinesis.get_region()}. Current shard count for the account: {current}. Limit: {SHARD_LIMIT}."
                f" Number of additional shards that would have resulted from this request: {more}.",
            )

    def _new(self, name: str, mode: str, count: int, tags: Json) -> Stream:
        return {
            "StreamName": name,
            "StreamARN": f"arn:aws:kinesis:{self.kinesis.get_region()}:{self.account()}:stream/{name}",
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": mode},
            "RetentionPeriodHours": 24,
            "shards": shards.build(count, self.numbers.issue),
            "tags": tags,
            "CreationTimestamp": round(self.clock(), 3),
            "EncryptionType": "NONE",
        }


def _count(value: object, field: str) -> int:
    if not isinstance(value, int) or value < 1:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must have"
            " value greater than or equal to 1",
        )
    return value
