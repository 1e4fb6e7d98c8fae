"""Aggregated records: what the Kinesis Producer Library packs several user records into, and how they are unpacked.

magic, a protobuf message (1 partition keys, 2 explicit hash keys, 3 records of indices into them and data), its MD5:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
Lambda unpacks them for consumers with enhanced fan-out only; to other mappings an aggregate is one opaque record.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16  # bytes of an MD5


@dataclass(frozen=True)
class UserRecord:
    """hash_key: what decides about the shard, the explicit one or the partition key's MD5; 0 to 2**128-1."""

    partition_key: str
    data: bytes
    hash_key: int


def unpacked(blob: bytes, keys: tuple[int, int]) -> list[UserRecord] | None:
    """The user records of an aggregate; None when the blob is none, whatever it looks like.

    keys: the first and the last hash key of the shard. An aggregate with a record that belongs elsewhere is empty: it
    was put before a split, and the library's readers drop it wholly.
    """
    body = blob[len(MAGIC) : -_DIGEST]
    if not blob.startswith(MAGIC) or len(blob) <= len(MAGIC) + _DIGEST or _md5(body) != blob[-_DIGEST:]:
        return None
    try:
        records = _records(body)
    except (ValueError, IndexError):
        return None
    return records if all(keys[0] <= record.hash_key <= keys[1] for record in records) else []


def _records(body: bytes) -> list[UserRecord]:
    partition_keys, hash_keys, packed = list[str](), list[int](), list[bytes]()
    for number, value in _fields(body):
        if isinstance(value, bytes):
            if number == 1:
                partition_keys.append(value.decode())
            elif number == 2:
                hash_keys.append(int(value))
            elif number == 3:
                packed.append(value)
    return [_record(dict(_fields(one)), partition_keys, hash_keys) for one in packed]


def _record(fields: dict[int, int | bytes], partition_keys: list[str], hash_keys: list[int]) -> UserRecord:
    index, explicit, data = fields.get(1), fields.get(2), fields.get(3)
    if not isinstance(index, int) or not isinstance(data, bytes):
        raise ValueError("a record has a partition key and data")
    key = partition_keys[index]
    hash_key = hash_keys[explicit] if isinstance(explicit, int) else int.from_bytes(_md5(key.encode()))
    return UserRecord(key, data, hash_key)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """A protobuf message's fields: (number, value), numbers of the types that the format uses and some it does not."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(message):
            raise ValueError("the message is cut off")
        yield tag >> 3, message[at : at + size]
        at += size


_FIXED = {1: 8, 5: 4}  # wire types of fixed size, in bytes


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, and where it ends."""
    value = shift = 0
    while shift < 64:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a number without end")


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
