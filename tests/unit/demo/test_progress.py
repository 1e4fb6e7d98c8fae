"""What is shown of a match while it is played."""

import asyncio
import io

from rich.console import Console

from cloud.wait import until_async
from demo.gamer import Plan
from demo.match import Match
from demo.progress import describe, watcher
from demo.settings import from_env


def match(stage: str, done: int = 0) -> Match:
    """A match of four gamers at some stage."""
    match = Match(from_env({}, gamers=4, seconds=30.0), stage, done)
    if stage == "playing":
        match.plan = Plan("demo1", 30.0, 0.3, 1, 60)
        match.plan.start = match.plan.clock() - 12.3
        match.ledger.codes["POST updatestatus 200"] = 7
        match.ledger.board = [{"Nickname": "[bold]شب", "Score": 5, "Lives": 3, "Shots": 1, "Level": 1}]
    return match


async def shown(of: Match, console: Console) -> str:
    """What the console shows of it at first."""
    watching = asyncio.create_task(watcher(console)(of))

    async def something() -> str:
        return str(console.file.getvalue())  # type: ignore[attr-defined]

    await until_async(something, 30)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return await something()


def test_before_the_match_the_stage_is_told() -> None:
    """With how many gamers are through it, once some are."""
    assert describe(match("signing in")) == "signing in ..."
    assert describe(match("taking seats", 3)) == "taking seats ... 3/4"


def test_during_the_match_the_figures_are_told() -> None:
    """Clock, posts, accepted ones, and who leads, whatever way the name is written."""
    assert describe(match("playing")) == "playing 12.3/30 s: 0 posts, 7 accepted, leading: \u2068[bold]شب\u2069"


async def test_a_pipe_gets_plain_lines() -> None:
    """No control characters, no markup read from nicknames."""
    text = await shown(match("playing"), Console(file=io.StringIO(), width=100))

    assert text.startswith("playing 12.")
    assert "[bold]شب" in text
    assert "\x1b" not in text


async def test_a_terminal_gets_the_live_scoreboard() -> None:
    """A table with the leaders, nicknames as they are."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True, _environ={"TERM": "xterm-256color"})
    text = await shown(match("playing"), console)

    assert "Rank" in text
    assert "[bold]شب" in text
