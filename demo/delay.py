"""How long a post takes to the board, from looks at the board: pure.

A look at the board tells of every post sent before it whether the board holds it (or a newer one of that gamer) or not
yet; of gamers whom it does not show it tells nothing. Of all pairs of a look and an accepted post, those where the post
was of age a (from its due time to the moment the look's answer was there) show which share of posts the board holds at
age a. That share, made to rise with a (isotonic regression), is the distribution of the delay; its p50 is the age at
which the board holds half of the posts. So the figures do not depend on how often is looked. They include the time that
a look itself takes.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from demo.measure import Ledger, Outcome, Post, Snapshot

BIN = 0.01  # seconds


def percentiles(ledger: Ledger, shares: Sequence[float]) -> list[float]:
    """The delay from post to board in seconds for each share, e.g. (0.5, 0.95); 0 where nothing was seen."""
    curve = _rising(_shown_by_age(ledger.of(Outcome.ACCEPTED), ledger.snapshots))
    return [_age_at(curve, share) for share in shares]


def _shown_by_age(posts: Iterable[Post], snapshots: Iterable[Snapshot]) -> list[tuple[int, int]]:
    """For each age in BINs: how many posts were shown, out of how many."""
    games: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        games[post.nickname].append(post)
    shown: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    for snapshot in snapshots:
        for nickname, newest in snapshot.shown.items():
            for age, on_board in _seen(games.get(nickname, ()), snapshot.at, newest):
                total[age] += 1
                shown[age] += on_board
    return [(shown[age], total[age]) for age in range(max(total, default=-1) + 1)]


def _seen(game: Iterable[Post], at: float, newest: str) -> Iterator[tuple[int, bool]]:
    """Age in BINs, and whether it is on the board, of each post of a gamer; newest: the board's post's Timestamp."""
    for post in game:
        if post.due <= at:
            yield int((at - post.due) / BIN), post.timestamp <= newest


def _rising(counts: Iterable[tuple[int, int]]) -> list[float]:
    """Pool adjacent violators: the non-decreasing shares nearest to the observed ones, one per BIN."""
    blocks: list[tuple[int, int, int]] = []
    for shown, total in counts:
        block = (shown, total, 1)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    return [shown / total if total else 0.0 for shown, total, width in blocks for _ in range(width)]


def _age_at(curve: Sequence[float], share: float) -> float:
    index = bisect_left(curve, share)
    return (index + 1) * BIN if index < len(curve) else 0.0
