"""What a board without times tells about posts."""

from bench.audience import as_seen
from demo.delay import percentiles
from demo.measure import Ledger, Outcome, Post
from demo.skill import Status


def post(due: float, score: int, nickname: str = "ada") -> Post:
    """A post that was accepted."""
    return Post(nickname, Status(score, 3, 0, 1), f"2026-01-01T00:00:{due:06.3f}Z", due, Outcome.ACCEPTED)


def test_a_row_holds_the_newest_post_that_its_score_can_come_from() -> None:
    """Posts that did not raise the score cannot be told apart, and are left out."""
    ledger = Ledger(posts=[post(0, 5), post(1, 5), post(2, 9), post(3, 12)])
    seen = as_seen(ledger, [(4.0, {"ada": 9})])

    assert [one.due for one in seen.posts] == [0, 2, 3]
    assert seen.snapshots[0].shown == {"ada": "2026-01-01T00:00:02.000Z"}


def test_a_delay_is_that_of_the_gamers_who_are_shown() -> None:
    """A gamer beyond the tenth place tells nothing about how old the board is."""
    ledger = Ledger(posts=[post(0.0, 5), post(0.0, 1, "linus"), post(1.0, 9), post(2.0, 12)])
    looks = [(1.0 + age / 100, {"ada": 9 if age >= 20 else 5}) for age in range(100)]

    assert 0.19 <= percentiles(as_seen(ledger, looks), (0.5,))[0] <= 0.22
