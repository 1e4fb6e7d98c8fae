"""Where a mapping starts in each shard."""

from dataclasses import replace

from services.worker.polling import pinning
from services.worker.polling.leases import SHARD_END
from services.worker.polling.source import Position, Shard

from .records import mapping

TIPS = {"child": Position("AT_TIMESTAMP", 50.123)}
SHARDS = [Shard("parent", (), closed=True), Shard("child", ("parent",))]


def test_trim_horizon_begins_with_the_oldest_shards() -> None:
    """All listed shards get a row, closed ones too."""
    rows = pinning.missing(mapping(), 1000, SHARDS, [], {})

    assert [(row.shard, row.checkpoint) for row in rows] == [("parent", "TRIM_HORIZON"), ("child", "TRIM_HORIZON")]


def test_latest_is_pinned_to_the_moment_for_open_shards() -> None:
    """Closed ancestors are skipped; of open shards everything counts that comes from now on."""
    rows = pinning.missing(mapping(StartingPosition="LATEST"), 1000, SHARDS, [], TIPS)

    assert [(row.checkpoint, row.timestamp) for row in rows] == [(SHARD_END, 0.0), ("AT_TIMESTAMP", 50.123)]


def test_shards_that_appear_later_are_read_from_their_beginning() -> None:
    """Whatever the mapping's StartingPosition is."""
    pinned = replace(mapping(StartingPosition="LATEST"), stream_created=1000)

    (row,) = pinning.missing(pinned, 1000, [Shard("new", ("child",))], [], {})

    assert row.checkpoint == "TRIM_HORIZON"


def test_a_stream_that_was_made_again_starts_over() -> None:
    """Its shards bear the old names, but their rows are new and begin at the horizon; the old ones go."""
    pinned = replace(mapping(StartingPosition="LATEST"), stream_created=1000)
    old = pinning.missing(pinned, 1000, SHARDS, [], {})

    rows = pinning.missing(pinned, 2000, SHARDS, old, {})

    assert [row.checkpoint for row in rows] == ["TRIM_HORIZON", "TRIM_HORIZON"]
    assert pinning.obsolete(pinned, 2000, SHARDS, [*old, *rows]) == old


def test_rows_of_shards_that_ended_and_were_trimmed_are_dropped() -> None:
    """As long as the stream lists a shard its row stays, or it would be read again."""
    rows = [replace(row, checkpoint=SHARD_END) for row in pinning.missing(mapping(), 1000, SHARDS, [], {})]

    assert pinning.obsolete(mapping(), 1000, SHARDS, rows) == []
    assert pinning.obsolete(mapping(), 1000, SHARDS[1:], rows) == rows[:1]
