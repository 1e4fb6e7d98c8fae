"""Creating and resharding streams: how many shards an account may have."""

import pytest

from cloud.errors import AwsError
from services.emulator import shards
from services.emulator.sequence import SequenceNumbers
from services.emulator.streams import SHARD_LIMIT, Streams
from tests.unit.emulator.streams import MiniStack


@pytest.fixture
def kinesis() -> Streams:
    """An account without streams."""
    return Streams(MiniStack(), SequenceNumbers())


def test_more_shards_than_an_account_may_have_are_refused(kinesis: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any is made: a hundred million would hold up every other caller for minutes."""
    with monkeypatch.context() as patched:
        patched.setattr(shards, "build", lambda *_: pytest.fail("shards are made"))
        with pytest.raises(AwsError, match=r"LimitExceededException.*Limit: 1000.*request: 100000000\."):
            kinesis.create({"StreamName": "large", "ShardCount": 10**8})
    kinesis.create({"StreamName": "first", "ShardCount": SHARD_LIMIT - 3})
    kinesis.create({"StreamName": "second", "ShardCount": 2})
    with pytest.raises(AwsError, match="LimitExceededException"):
        kinesis.create({"StreamName": "third", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}})
    with pytest.raises(AwsError, match="LimitExceededException"):
        kinesis.update_count({"StreamName": "second", "TargetShardCount": 4})

    half = {"StreamName": "second", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": str(2**126)}
    kinesis.split(half)
    with pytest.raises(AwsError, match="LimitExceededException"):
        kinesis.split({**half, "ShardToSplit": "shardId-000000000001", "NewStartingHashKey": str(3 * 2**126)})


def test_closed_shards_do_not_count(kinesis: Streams) -> None:
    """Fewer shards can always be had, and as many again after that."""
    kinesis.create({"StreamName": "one", "ShardCount": SHARD_LIMIT - 4})
    kinesis.create({"StreamName": "two", "ShardCount": 4})
    for target in (2, 4, 4):
        kinesis.update_count({"StreamName": "two", "TargetShardCount": target})

    assert len(shards.open_ids(kinesis.stream({"StreamName": "two"})["shards"])) == 4
