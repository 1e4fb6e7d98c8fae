"""Aggregates of the Kinesis Producer Library."""

import base64
import hashlib

import pytest

from services.worker.polling.aggregation import MAGIC, unpacked

AGGREGATE = base64.b64decode("84mawgoFYWxwaGEKBGJldGEaBwgAGgNvbmUaBwgBGgN0d28aCQgAGgV0aHJlZUIE+DdKaK67QsIpOchpMKc=")
ALL = (0, 2**128 - 1)


def md5(key: str) -> int:
    return int.from_bytes(hashlib.md5(key.encode()).digest())


def packed(body: bytes) -> bytes:
    return MAGIC + body + hashlib.md5(body).digest()


def test_an_aggregate_holds_its_user_records_in_order() -> None:
    """The recorded vector: (alpha, one), (beta, two), (alpha, three); the hash key is the MD5 of the partition key."""
    records = unpacked(AGGREGATE, ALL)

    assert records is not None
    assert [(one.partition_key, one.data) for one in records] == [
        ("alpha", b"one"),
        ("beta", b"two"),
        ("alpha", b"three"),
    ]
    assert [one.hash_key for one in records] == [md5("alpha"), md5("beta"), md5("alpha")]


def test_an_explicit_hash_key_counts_before_the_partition_key() -> None:
    """Field 2 of a record is an index into the second table."""
    blob = packed(b"\n\x01a\x12\x0242\x1a\x07\x08\x00\x10\x00\x1a\x01x")

    assert [one.hash_key for one in unpacked(blob, ALL) or []] == [42]
    assert unpacked(blob, (43, 100)) == []


def test_an_aggregate_with_a_record_of_another_shard_is_empty() -> None:
    """It vanishes wholly, the records that belong here too."""
    both = sorted((md5("alpha"), md5("beta")))

    assert len(unpacked(AGGREGATE, (both[0], both[1])) or []) == 3
    assert unpacked(AGGREGATE, (both[0] + 1, both[1])) == []


@pytest.mark.parametrize(
    "blob",
    [
        AGGREGATE[:-1] + b"\x00",
        MAGIC,
        MAGIC + b"x" * 16,
        b"plain",
        b"",
        b"\x00" + AGGREGATE[1:],
        packed(b"\x1a\x05\x08\x09\x1a\x01x"),
        packed(b"\x1a\x02\x08"),
        packed(b"\xff" * 12),
        packed(b"\n\x01\xff"),
        packed(b"\x0b"),
        packed(b"\n\x01a\x12\x01x"),
    ],
)
def test_what_only_looks_like_an_aggregate_is_none(blob: bytes) -> None:
    """A broken digest, a bare magic, an index out of its table, a message that is no protobuf."""
    assert unpacked(blob, ALL) is None
