"""What Kinesis takes and how it refuses the rest."""

import base64
from typing import Any

import pytest

from cloud.errors import AwsError
from services.emulator.putting import check_record, check_records, hash_key
from services.emulator.shards import HASH_KEYS, hash_of

GOOD = {"PartitionKey": "k", "Data": "AP8="}
NO_DATA: list[object] = ["?", 5, 0, False, [], {}]


def test_good_records_give_their_data() -> None:
    """Bytes of any kind, none at all, and a key of 256 characters of any kind."""
    assert check_record(GOOD) == b"\x00\xff"
    assert check_records([{**GOOD, "Data": ""}, {**GOOD, "PartitionKey": "🜁" * 256}]) == [b"", b"\x00\xff"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"PartitionKey": ""},
            "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint:"
            " Member must have length greater than or equal to 1",
        ),
        (
            {"PartitionKey": None},
            "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint:"
            " Member must not be null",
        ),
        (
            {"PartitionKey": "k" * 257},
            f"1 validation error detected: Value '{'k' * 257}' at 'partitionKey' failed to satisfy constraint:"
            " Member must have length less than or equal to 256",
        ),
        (
            {"Data": None},
            "1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_a_record_is_refused_in_the_words_of_aws(change: dict[str, Any], message: str) -> None:
    """ValidationException, 400."""
    with pytest.raises(AwsError) as refused:
        check_record(GOOD | change)

    assert (refused.value.code, refused.value.status, refused.value.message) == ("ValidationException", 400, message)


def test_data_of_a_mebibyte_is_taken_and_a_byte_more_is_not() -> None:
    """Counted before Base64."""
    mebibyte = bytes(1024 * 1024)

    assert check_record({**GOOD, "Data": base64.b64encode(mebibyte).decode()}) == mebibyte
    with pytest.raises(AwsError, match="less than or equal to 1048576"):
        check_record({**GOOD, "Data": base64.b64encode(mebibyte + b"x").decode()})


def test_a_bad_record_of_a_batch_is_named_by_its_place() -> None:
    """And all of them are, in one message."""
    with pytest.raises(AwsError, match=r"^ValidationException: 2 validation errors") as refused:
        check_records([GOOD, {**GOOD, "PartitionKey": ""}, {"PartitionKey": "k"}])

    assert "'records.2.member.partitionKey'" in refused.value.message
    assert "'records.3.member.data'" in refused.value.message


@pytest.mark.parametrize("given", [None, "records", [], [GOOD] * 501])
def test_a_batch_has_between_one_and_five_hundred_records(given: object) -> None:
    """ValidationException otherwise."""
    with pytest.raises(AwsError, match=r"ValidationException.*'records'"):
        check_records(given)


def test_a_batch_has_five_mebibytes_at_most_keys_included() -> None:
    """Five records of one mebibyte already are too many."""
    large = {**GOOD, "Data": base64.b64encode(bytes(1024 * 1024)).decode()}

    assert len(check_records([large] * 4)) == 4
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        check_records([large] * 5)


@pytest.mark.parametrize(
    "record",
    [
        "text",
        {"PartitionKey": 5, "Data": ""},
        {"PartitionKey": "\ud800"},
        *({**GOOD, "Data": data} for data in NO_DATA),
    ],
)
def test_what_is_not_of_the_right_type_cannot_be_read(record: Any) -> None:
    """SerializationException."""
    with pytest.raises(AwsError, match="SerializationException"):
        check_records([record])


def test_an_explicit_hash_key_routes_in_the_place_of_the_partition_key() -> None:
    """Any number below 2^128; nothing else."""
    assert hash_key(GOOD) == hash_of("k")
    assert hash_key({**GOOD, "ExplicitHashKey": str(HASH_KEYS - 1)}) == HASH_KEYS - 1
    for bad in ("", "-1", "01", "x", str(HASH_KEYS), 5):
        with pytest.raises(AwsError, match="InvalidArgumentException"):
            hash_key({**GOOD, "ExplicitHashKey": bad})
