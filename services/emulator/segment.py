"""A segment of a stream's journal: one line for each record, of all shards, in the order of their sequence numbers.

    ["shardId-000000000000", sequence number, partition key, data in Base64]     and the kind of encryption, if any

Because numbers only grow along it, a place in it is found by bisection; it needs no index.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from services.emulator.sequence import issued_at

Record = dict[str, Any]
Addition = tuple[str, Record]  # shard id, record

_KIND, _NONE = "EncryptionType", "NONE"
_HEAD = 128  # bytes of a line that hold shard and number


def record(number: str, partition_key: str, data: str, encryption: str = _NONE) -> Record:
    """A record as GetRecords returns it; data is Base64."""
    fields = {
        "SequenceNumber": number,
        "ApproximateArrivalTimestamp": issued_at(number),
        "Data": data,
        "PartitionKey": partition_key,
    }
    return fields if encryption == _NONE else {**fields, _KIND: encryption}


def encode(additions: Iterable[Addition]) -> bytes:
    """Records as lines."""
    return b"".join(
        orjson.dumps(
            [shard, r["SequenceNumber"], r["PartitionKey"], r["Data"], *((r[_KIND],) if _KIND in r else ())],
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for shard, r in additions
    )


def decode(line: bytes) -> Addition:
    """The record of a line."""
    shard, *fields = orjson.loads(line)
    return shard, record(*fields)


def after(data: bytes, shard: str, number: str) -> Iterator[Record]:
    """The records of a shard that come after a sequence number. data: whole lines."""
    mark = _mark(shard)
    # The first byte whose line has a higher number is where that line begins.
    place = bisect_right(range(len(data)), number, key=lambda at: _number(data, at))
    while data.startswith(mark, place) or (place := data.find(b"\n" + mark, place) + 1):
        end = data.index(b"\n", place)
        yield decode(data[place:end])[1]
        place = end + 1


def newest(data: bytes, shards: Iterable[str]) -> dict[str, str]:
    """Of each of these shards that has records here, the sequence number of the last. data: whole lines."""
    found = {}
    for shard in shards:
        mark = _mark(shard)
        place = data.rfind(b"\n" + mark) + 1
        if place or data.startswith(mark):
            found[shard] = _number(data, place)
    return found


def _mark(shard: str) -> bytes:
    """How the lines of a shard begin."""
    return b'["' + shard.encode() + b'"'


def _number(data: bytes, at: int) -> str:
    """The sequence number in the line that this byte belongs to."""
    begin = data.rfind(b"\n", 0, at) + 1
    return data[begin : begin + _HEAD].split(b'"', 4)[3].decode()
