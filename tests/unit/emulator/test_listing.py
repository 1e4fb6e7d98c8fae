"""Which shards ListShards shows."""

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


def test_a_token_goes_on_where_it_was_made_for_five_minutes() -> None:
    """With its filter; a foreign one is invalid."""
    chosen = {"Type": "AT_LATEST"}
    token = listing.token("s", NEW, chosen, now=1000)

    assert listing.read_token(token, now=1300) == ("s", NEW, chosen)
    with pytest.raises(AwsError, match="ExpiredNextTokenException"):
        listing.read_token(token, now=1301)
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        listing.read_token("foreign", now=1000)
