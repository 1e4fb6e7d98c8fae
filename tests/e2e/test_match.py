"""Whole matches: at full rate, and while boxes are killed in the middle. Nothing that got 200 is ever missing."""

import asyncio
from collections.abc import Callable

import psutil
import pytest

from demo.match import Fault, Match, run
from demo.report import show
from demo.result import Result
from demo.settings import from_env
from tests.e2e.boxes import Stack
from tests.e2e.callers import Sessions

pytestmark = pytest.mark.stack
FULL = {"gamers": 200, "interval": 0.3}
SMALL = {"gamers": 40, "interval": 0.2}


@pytest.fixture
def play(stack: Stack, sessions: Sessions) -> Callable[..., Result]:
    """Plays a match against the stack, prints its figures and returns them."""
    sessions.close()

    def play(*faults: Fault, **match: object) -> Result:
        from rich.console import Console

        result = run(from_env(stack.environ, name="e2e-", **match), faults)
        show(result, Console(width=140))
        return result

    return play


def at(second: float, what: Callable[[str], None], box: str) -> Fault:
    """What is done to a box in the middle of a match."""

    async def strike(_match: Match) -> None:
        await asyncio.to_thread(what, box)

    return Fault(second, strike)


@pytest.mark.alone
def test_two_hundred_gamers_play_and_nothing_is_lost(play: Callable[..., Result]) -> None:
    """667 posts a second: none lost, no 5xx, the final board right.

    The rate is only asked for where nothing else keeps the machine busy.
    """
    before = psutil.cpu_percent(interval=1)
    result = play(**FULL, seconds=10.0)
    quiet = max(before, psutil.cpu_percent(interval=1)) < 40

    assert result.right, result.verdict.complaints[:5]
    assert result.server_errors == 0
    assert (result.lost, result.failed, result.rejected) == (0, 0, 0)
    assert result.posts_per_second > 640 or not quiet


def test_the_board_is_right_although_the_worker_was_killed(stack: Stack, play: Callable[..., Result]) -> None:
    """SIGKILL in the middle: the gateway takes every post, the worker comes back by itself and the board is right."""
    result = play(at(2.0, stack.kill, "worker"), **SMALL, seconds=6.0)

    assert result.right, result.verdict.complaints[:5]
    assert (result.lost, result.failed) == (0, 0)


def test_nothing_accepted_is_missing_although_the_gateway_was_killed(stack: Stack, play: Callable[..., Result]) -> None:
    """SIGKILL in the middle: posts fail while it is gone; what got 200 is in the stream and the board is right."""
    result = play(at(2.0, stack.kill, "gateway"), **SMALL, seconds=8.0)

    assert result.right, result.verdict.complaints[:5]
    assert result.failed > 0
    assert result.lost == 0


def test_nothing_accepted_is_missing_although_the_emulators_were_restarted(
    stack: Stack, play: Callable[..., Result]
) -> None:
    """They keep their state: calls fail while they are gone; what got 200 is on the board."""
    faults = [at(2.0, stack.restart, emulator) for emulator in stack.emulators]
    result = play(*faults, **SMALL, seconds=8.0)

    assert result.right, result.verdict.complaints[:5]
    assert result.lost == 0


def test_a_session_closed_in_mid_stream_keeps_every_accepted_post(play: Callable[..., Result]) -> None:
    """The manager closes while gamers post: later posts get 422, and every row is the gamer's last accepted post."""

    async def close(match: Match) -> None:
        assert match.manager
        await match.manager.close()

    result = play(Fault(2.0, close), **SMALL, seconds=6.0)

    assert result.right, result.verdict.complaints[:5]
    assert result.rejected > 0
    assert (result.lost, result.failed, result.server_errors) == (0, 0, 0)
