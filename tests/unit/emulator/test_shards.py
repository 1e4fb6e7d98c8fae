"""Shards after any sequence of splits, merges and changes of their number."""

from collections.abc import Callable
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import AwsError
from services.emulator import shards
from services.emulator.sequence import SequenceNumbers, issued_at
from services.emulator.shards import HASH_KEYS, Shards


def issue() -> Callable[[], str]:
    """Sequence numbers of a clock that ticks once a second."""
    ticks = count(1)
    return SequenceNumbers(lambda: float(next(ticks))).issue


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_however_often_it_is_rescaled_every_hash_key_has_one_open_shard(counts: list[int]) -> None:
    """The open shards are as many as asked for, even, without gap or overlap; every closed one leads to children."""
    numbers = issue()
    tree = shards.build(3, numbers)
    for target in counts:
        shards.rescale(tree, target, numbers)
        found = [tree[name] for name in shards.open_ids(tree)]
        bounds = [(int(s["starting_hash_key"]), int(s["ending_hash_key"])) for s in found]

        assert [low for low, _ in bounds] == shards.boundaries(target)[:-1]
        assert all(high + 1 == low for (_, high), (low, _) in pairwise(bounds))
        assert bounds[-1][1] == HASH_KEYS - 1
    assert all(shards.children(tree, name) for name, shard in tree.items() if not shards.is_open(shard))


@given(st.integers(1, 9), st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_a_child_begins_after_its_parents_have_ended(first: int, second: int) -> None:
    """So that sequence numbers order a key's records across a reshard."""
    numbers = issue()
    tree = shards.build(first, numbers)
    shards.rescale(tree, second, numbers)
    for shard in tree.values():
        for parent in (shard["parent_shard_id"], shard["adjacent_parent_shard_id"]):
            assert parent is None or tree[parent]["ending_sequence_number"] < shard["starting_sequence_number"]


def test_a_partition_key_is_routed_by_its_md5() -> None:
    """An ASCII key and one of other letters."""
    tree = shards.build(2, issue())

    assert shards.hash_of("ada") == 0x8C8D357B5E872BBACD45197626BD5759
    assert shards.route(tree, shards.hash_of("ada")) == "shardId-000000000001"
    assert shards.route(tree, shards.hash_of("линус")) in tree


def test_a_closed_shard_takes_no_part_in_another_reshard() -> None:
    """InvalidArgumentException, for a split and for a merge."""
    numbers = issue()
    tree = shards.build(2, numbers)
    shards.split(tree, "shardId-000000000000", 5, numbers)
    with pytest.raises(AwsError, match="already been merged or split"):
        shards.split(tree, "shardId-000000000000", 5, numbers)
    with pytest.raises(AwsError, match="already been merged or split"):
        shards.merge(tree, "shardId-000000000000", "shardId-000000000001", numbers)


def test_only_neighbours_merge_and_a_split_is_inside() -> None:
    """InvalidArgumentException; nothing is closed by a refusal."""
    numbers = issue()
    tree = shards.build(3, numbers)
    with pytest.raises(AwsError, match="not an adjacent pair"):
        shards.merge(tree, "shardId-000000000000", "shardId-000000000002", numbers)
    with pytest.raises(AwsError, match="NewStartingHashKey 0"):
        shards.split(tree, "shardId-000000000000", 0, numbers)

    assert len(shards.open_ids(tree)) == 3


def test_a_closed_shard_is_forgotten_when_its_retention_is_over() -> None:
    """Its children keep naming it."""
    numbers = issue()
    tree: Shards = shards.build(1, numbers)
    shards.split(tree, "shardId-000000000000", HASH_KEYS // 2, numbers)
    ended = issued_at(tree["shardId-000000000000"]["ending_sequence_number"])

    assert not shards.forget_expired(tree, ended)
    assert shards.forget_expired(tree, ended + 1)
    assert sorted(tree) == ["shardId-000000000001", "shardId-000000000002"]
    assert shards.describe("x", tree["shardId-000000000001"])["ParentShardId"] == "shardId-000000000000"
