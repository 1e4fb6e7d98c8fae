"""The rig's own decisions."""

import pytest

from bench.rig import KEYS, even, hash_key


@pytest.mark.parametrize(
    ("owners", "workers", "shared"),
    [
        ([], 1, False),
        ([""], 1, False),
        (["w1", ""], 1, False),
        (["w1", "w1"], 1, True),
        (["w1"], 3, True),
        (["w1", "w1", "w1", "w1"], 3, False),
        (["w1", "w1", "w2", "w3"], 3, True),
        (["w1", "w1", "w1", "w2", "w3"], 3, False),
    ],
)
def test_shards_are_shared_when_no_worker_has_two_more_than_another(
    owners: list[str], workers: int, shared: bool
) -> None:
    """A worker without any counts too; shards that nobody reads are not shared yet."""
    assert even(owners, workers) is shared


def test_hash_keys_lead_to_every_shard_once() -> None:
    """Kinesis cuts the range of keys into equal parts."""
    assert [int(hash_key(shard, 7)) * 7 // KEYS for shard in range(7)] == list(range(7))
