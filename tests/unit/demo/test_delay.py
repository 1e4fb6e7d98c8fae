"""The estimate of the delay from post to board finds the delay that was put in, however seldom the board is seen."""

import random

import pytest

from demo.delay import percentiles
from demo.measure import Ledger, Outcome, Post, Snapshot
from demo.skill import Status


def watched(delay: random.Random, low: float, high: float, look_every: float) -> Ledger:
    """A match of 50 gamers for 20 s whose posts reach the board between low and high seconds after they were due."""
    ledger, shown = Ledger(), []
    for gamer in range(50):
        for tick in range(66):
            due = tick * 0.3 + gamer * 0.006
            stamp = f"{due:09.3f}"
            ledger.posts.append(Post(f"g{gamer}", Status(), stamp, due, Outcome.ACCEPTED, 200, 0.0, "s", tick + 1))
            shown.append((due + delay.uniform(low, high), f"g{gamer}", stamp))
    for look in range(int(20 / look_every)):
        at = look * look_every
        board: dict[str, str] = {}
        for moment, nickname, stamp in shown:
            if moment <= at:
                board[nickname] = max(stamp, board.get(nickname, ""))
        ledger.snapshots.append(Snapshot(at, board))
    return ledger


@pytest.mark.parametrize("look_every", [0.47, 1.9])
def test_a_constant_delay_is_found(look_every: float) -> None:
    """Posts that take 0.25 s: p50 and p95 are 0.25 s to within two bins, with few looks as with many."""
    p50, p95 = percentiles(watched(random.Random(1), 0.25, 0.25, look_every), (0.5, 0.95))

    assert p50 == pytest.approx(0.25, abs=0.021)
    assert p95 == pytest.approx(0.25, abs=0.021)


def test_a_spread_of_delays_is_found() -> None:
    """Posts that take 0.1 to 0.3 s: half are shown at 0.2 s, nearly all at 0.3 s."""
    p50, p95 = percentiles(watched(random.Random(2), 0.1, 0.3, 0.47), (0.5, 0.95))

    assert p50 == pytest.approx(0.2, abs=0.03)
    assert p95 == pytest.approx(0.29, abs=0.03)


def test_nothing_seen_is_no_delay() -> None:
    """Without looks or posts there is no figure."""
    assert percentiles(Ledger(), (0.5, 0.95)) == [0.0, 0.0]
