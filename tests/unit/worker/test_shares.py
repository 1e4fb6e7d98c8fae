"""Which leases a replica takes and asks for."""

from dataclasses import replace

from services.worker.polling import shares
from services.worker.polling.leases import SHARD_END, Lease
from services.worker.polling.shares import Watch


def lease(shard: str, owner: str = "", counter: int = 0, parents: tuple[str, ...] = (), checkpoint: str = "1") -> Lease:
    return Lease("m-1", 1000, shard, parents, checkpoint, owner=owner, counter=counter)


def test_children_wait_for_all_their_parents() -> None:
    """A merged shard can be read when both its parents are at their end, not before."""
    left, right = lease("left"), lease("right", checkpoint=SHARD_END)
    merged = lease("merged", parents=("left", "right"))

    assert shares.runnable([left, right, merged]) == [left]
    assert shares.runnable([replace(left, checkpoint=SHARD_END), right, merged]) == [merged]


def test_a_parent_without_a_row_holds_nobody_back() -> None:
    """It was trimmed away."""
    child = lease("child", parents=("gone",))

    assert shares.runnable([child]) == [child]


def test_a_lease_that_is_not_renewed_is_stale_after_a_while() -> None:
    """Its counter has stood still; one that moved is alive."""
    watch = Watch(patience=10)
    watch.stale([lease("dead", "a/1", 5), lease("alive", "b/1", 5)], now=0)

    assert watch.stale([lease("dead", "a/1", 5), lease("alive", "b/1", 6)], now=9) == set()

    stale = watch.stale([lease("dead", "a/1", 5), lease("alive", "b/1", 7)], now=10)

    assert stale == {("m-1", 1000, "dead")}


def test_free_and_stale_leases_are_taken_and_those_of_a_predecessor() -> None:
    """A replica that starts again need not wait for the leases that it held before."""
    rows = [lease("free"), lease("stale", "b/1"), lease("alive", "b/1"), lease("mine", "a/0")]

    taken = shares.to_take(rows, {shares.key(rows[1])}, me="a/1", predecessors="a/")

    assert [row.shard for row in taken] == ["free", "stale", "mine"]
    assert rows[3] not in shares.to_take(rows, set(), me="a/1")


def test_a_poor_replica_asks_the_richest_until_they_differ_by_one() -> None:
    """Four shards settle as two and two; a third replica gets one."""
    rows = [lease(str(number), "a/1") for number in range(4)]

    wanted = shares.to_ask_for(rows, "b/1")

    assert wanted == rows[0]

    rows[:2] = [replace(row, owner="b/1") for row in rows[:2]]

    assert shares.to_ask_for(rows, "b/1") is None
    assert shares.to_ask_for(rows, "a/1") is None
    assert shares.to_ask_for(rows, "c/1") == rows[0]


def test_a_replica_asks_for_one_lease_at_a_time() -> None:
    """As long as a wish is open there is no second one."""
    rows = [lease(str(number), "a/1") for number in range(4)]
    rows[0] = replace(rows[0], wanted_by="b/1")

    assert shares.to_ask_for(rows, "b/1") is None
