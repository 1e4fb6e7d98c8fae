"""Aggregated records, as a game that uses the Kinesis Producer Library would send them. Pure.

magic, a protobuf message (1 partition keys, 3 records: 1 index of the key, 3 data), its MD5:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

import hashlib
from collections.abc import Iterable

MAGIC = b"\xf3\x89\x9a\xc2"


def aggregated(partition_key: str, records: Iterable[bytes]) -> bytes:
    """One record's data that holds all of these, under one partition key."""
    message = _field(1, partition_key.encode())
    message += b"".join(_field(3, b"\x08\x00" + _field(3, data)) for data in records)
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


def _field(number: int, data: bytes) -> bytes:
    """A field of wire type 2: bytes with their length before them."""
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
