"""Which shards ListShards shows."""

from typing import Any

import pytest

from cloud.errors import AwsError
from services.emulator import listing, shards
from services.emulator.sequence import SequenceNumbers
from services.emulator.shards import Shards

OLD, NEW, CHILD_A, CHILD_B = (f"shardId-{n:012d}" for n in range(4))


@pytest.fixture
def tree() -> Shards:
    """Two shards of second 100, of which the first was split in second 200."""
    now = [100.0]
    numbers = SequenceNumbers(lambda: now[0])
    made = shards.build(2, numbers.issue)
    now[0] = 200.0
    shards.split(made, OLD, 5, numbers.issue)
    return made


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, [OLD, NEW, CHILD_A, CHILD_B]),
        ({"Type": "FROM_TRIM_HORIZON"}, [OLD, NEW, CHILD_A, CHILD_B]),
        ({"Type": "AT_LATEST"}, [NEW, CHILD_A, CHILD_B]),
        ({"Type": "AT_TRIM_HORIZON"}, [OLD, NEW]),
        ({"Type": "AFTER_SHARD_ID", "ShardId": NEW}, [CHILD_A, CHILD_B]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 150}, [OLD, NEW]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 250}, [NEW, CHILD_A, CHILD_B]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 150}, [OLD, NEW, CHILD_A, CHILD_B]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 250}, [NEW, CHILD_A, CHILD_B]),
    ],
)
def test_a_filter_leaves_the_shards_that_aws_says(
    tree: Shards, chosen: dict[str, object] | None, expected: list[str]
) -> None:
    """The stream is younger than its retention."""
    assert listing.select(tree, chosen, horizon=50) == expected


@pytest.mark.parametrize("chosen", [{"Type": "AFTER_SHARD_ID"}, {"Type": "AT_TIMESTAMP"}, {"Type": "NEAREST"}])
def test_a_filter_that_says_too_little_is_refused(tree: Shards, chosen: dict[str, object]) -> None:
    """InvalidArgumentException."""
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        listing.select(tree, chosen, horizon=50)


@pytest.mark.parametrize(
    "chosen",
    [
        "AT_LATEST",
        ["AT_LATEST"],
        {"Type": "AT_TIMESTAMP", "Timestamp": [1]},
        {"Type": "FROM_TIMESTAMP", "Timestamp": "x"},
    ],
)
def test_a_filter_of_the_wrong_type_is_refused(tree: Shards, chosen: Any) -> None:
    """SerializationException; it was an internal failure."""
    with pytest.raises(AwsError, match="SerializationException"):
        listing.select(tree, chosen, horizon=50)


@pytest.mark.parametrize("kind", [["AT_LATEST"], {}])
def test_a_filter_whose_type_is_no_text_is_refused(tree: Shards, kind: Any) -> None:
    """Also where it could not be looked up in a set."""
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        listing.select(tree, {"Type": kind}, horizon=50)


def test_a_page_s_size_is_checked() -> None:
    """1 to 10,000, 1000 unless said otherwise."""
    assert [listing.size(asked) for asked in (None, 1, 10_000)] == [1000, 1, 10_000]
    for wrong, code in (("7", "Serialization"), ([], "Serialization"), (0, "Validation"), (10_001, "Validation")):
        with pytest.raises(AwsError, match=f"{code}Exception"):
            listing.size(wrong)


def test_a_token_goes_on_where_it_was_made_for_five_minutes() -> None:
    """With its filter; a foreign one is invalid."""
    chosen = {"Type": "AT_LATEST"}
    token = listing.token("s", NEW, chosen, now=1000)

    assert listing.read_token(token, now=1300) == ("s", NEW, chosen)
    with pytest.raises(AwsError, match="ExpiredNextTokenException"):
        listing.read_token(token, now=1301)
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        listing.read_token("foreign", now=1000)
