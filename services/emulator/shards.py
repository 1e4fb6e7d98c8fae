"""The shards of a stream: which hash keys each takes, who its parents are, and what a reshard leaves behind.

MiniStack deletes a shard that is split or merged together with the records nobody has read yet. On AWS it is closed: it
keeps its records until retention takes them, its readers come to an end there and go on with its children
(https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html).

A stream's shards are MiniStack's own: a dict of shard id to a dict with records, starting_hash_key, ending_hash_key,
starting_sequence_number, parent_shard_id and adjacent_parent_shard_id. A closed one also has ending_sequence_number.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from cloud.errors import AwsError
from services.emulator.sequence import issued_at

Shard = dict[str, Any]
Shards = dict[str, Shard]
Issue = Callable[[], str]

HASH_KEYS = 2**128


def build(count: int, issue: Issue, first: int = 0) -> Shards:
    """That many open shards which share the hash keys evenly, as CreateStream makes them."""
    bounds = boundaries(count)
    return {
        f"shardId-{first + i:012d}": _shard(bounds[i], bounds[i + 1] - 1, issue(), None, None) for i in range(count)
    }


def boundaries(count: int) -> list[int]:
    """Where each of so many even shards begins, and the end."""
    return [i * (HASH_KEYS // count) for i in range(count)] + [HASH_KEYS]


def is_open(shard: Shard) -> bool:
    """Whether the shard still takes records."""
    return "ending_sequence_number" not in shard


def open_ids(shards: Shards) -> list[str]:
    """The open shards, in the order of their hash keys."""
    return sorted(
        (name for name, shard in shards.items() if is_open(shard)), key=lambda n: number(shards[n]["starting_hash_key"])
    )


def route(shards: Shards, hash_key: int) -> str:
    """The open shard that takes a hash key."""
    for name, shard in shards.items():
        if (
            is_open(shard)
            and number(shard["starting_hash_key"]) <= hash_key
            and hash_key <= number(shard["ending_hash_key"])
        ):
            return name
    raise AwsError("InternalFailureException", f"no open shard takes hash key {hash_key}", 500)


def hash_of(partition_key: str) -> int:
    """The hash key of a partition key: the MD5 of its UTF-8 bytes, read as a number."""
    return int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest(), "big")


@lru_cache(maxsize=65536)
def number(digits: str) -> int:
    """A hash key as a number; 39 digits are worth remembering."""
    return int(digits)


def split(shards: Shards, name: str, at: int, issue: Issue) -> tuple[str, str]:
    """Close a shard and open its two children, the second of which begins at a hash key (SplitShard)."""
    parent = shards[name]
    low, high = number(parent["starting_hash_key"]), number(parent["ending_hash_key"])
    _must_be_open(parent, name)
    if not low < at <= high:
        raise AwsError(
            "InvalidArgumentException",
            f"NewStartingHashKey {at} used in SplitShard() on shard {name} is not both greater than one plus the"
            f" shard's StartingHashKey {low} and less than the shard's EndingHashKey {high}.",
        )
    parent["ending_sequence_number"] = issue()
    first = _add(shards, _shard(low, at - 1, issue(), name, None))
    return first, _add(shards, _shard(at, high, issue(), name, None))


def merge(shards: Shards, name: str, adjacent: str, issue: Issue) -> str:
    """Close two shards that stand side by side and open their child (MergeShards)."""
    _must_be_open(shards[name], name)
    _must_be_open(shards[adjacent], adjacent)
    low, high = sorted((shards[name], shards[adjacent]), key=lambda s: number(s["starting_hash_key"]))
    if number(low["ending_hash_key"]) + 1 != number(high["starting_hash_key"]):
        raise AwsError(
            "InvalidArgumentException",
            f"Shards {name} and {adjacent} are not an adjacent pair of shards eligible for merging",
        )
    for parent in (low, high):
        parent["ending_sequence_number"] = issue()
    child = _shard(number(low["starting_hash_key"]), number(high["ending_hash_key"]), issue(), name, adjacent)
    return _add(shards, child)


def rescale(shards: Shards, count: int, issue: Issue) -> None:
    """Bring the open shards to a number of even ones by splits and merges alone, as UpdateShardCount does.

    A child has two parents at the most, so a shard whose range spans several old ones comes about in steps; the shards
    between are closed at once and empty.
    """
    targets = boundaries(count)
    for boundary in targets[1:-1]:
        name = route(shards, boundary)
        if number(shards[name]["starting_hash_key"]) != boundary:
            split(shards, name, boundary, issue)
    for low, high in pairwise(targets):
        pieces = [name for name in open_ids(shards) if low <= number(shards[name]["starting_hash_key"]) < high]
        while len(pieces) > 1:
            pieces[:2] = [merge(shards, pieces[0], pieces[1], issue)]


def forget_expired(shards: Shards, horizon: float) -> bool:
    """Drop closed shards whose retention is over (horizon: seconds since 1970); whether any was."""
    gone = [n for n, s in shards.items() if not is_open(s) and issued_at(s["ending_sequence_number"]) < horizon]
    for name in gone:
        del shards[name]
    return bool(gone)


def children(shards: Shards, parent: str) -> list[dict[str, Any]]:
    """What GetRecords says of a closed shard's children at its end."""
    return [
        {"ShardId": name, "ParentShards": _parents(shard), "HashKeyRange": _range(shard)}
        for name, shard in sorted(shards.items())
        if parent in _parents(shard)
    ]


def describe(name: str, shard: Shard) -> dict[str, Any]:
    """A shard as DescribeStream and ListShards show it."""
    numbers = {"StartingSequenceNumber": shard["starting_sequence_number"]}
    if not is_open(shard):
        numbers["EndingSequenceNumber"] = shard["ending_sequence_number"]
    shown = {"ShardId": name, "HashKeyRange": _range(shard), "SequenceNumberRange": numbers}
    for field, key in (("ParentShardId", "parent_shard_id"), ("AdjacentParentShardId", "adjacent_parent_shard_id")):
        if shard.get(key):
            shown[field] = shard[key]
    return shown


def _shard(low: int, high: int, first: str, parent: str | None, adjacent: str | None) -> Shard:
    return {
        "records": [],
        "starting_hash_key": str(low),
        "ending_hash_key": str(high),
        "starting_sequence_number": first,
        "parent_shard_id": parent,
        "adjacent_parent_shard_id": adjacent,
    }


def _add(shards: Shards, shard: Shard) -> str:
    index = 1 + max(int(name.rpartition("-")[2]) for name in shards)
    name = f"shardId-{index:012d}"
    shards[name] = shard
    return name


def _must_be_open(shard: Shard, name: str) -> None:
    if not is_open(shard):
        raise AwsError(
            "InvalidArgumentException",
            f"Shard {name} has already been merged or split, and thus is not eligible for merging or splitting.",
        )


def _parents(shard: Shard) -> list[str]:
    return [p for p in (shard.get("parent_shard_id"), shard.get("adjacent_parent_shard_id")) if p]


def _range(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": shard["starting_hash_key"], "EndingHashKey": shard["ending_hash_key"]}
