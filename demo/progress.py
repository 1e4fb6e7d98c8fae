"""The match while it is played: a live scoreboard on a terminal, plain lines elsewhere."""

import asyncio

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.match import Match, Watcher

FRAME = 0.25  # seconds
LINE_INTERVAL = 5.0  # seconds


def watcher(console: Console) -> Watcher:
    """What shows a match on this console."""
    return _live(console) if console.is_terminal else _plain(console)


def _live(console: Console) -> Watcher:
    async def watch(match: Match) -> None:
        with Live(console=console, refresh_per_second=1 / FRAME, transient=True) as live:
            while True:
                live.update(Group(Text(describe(match)), _scoreboard(match)))
                await asyncio.sleep(FRAME)

    return watch


def _plain(console: Console) -> Watcher:
    async def watch(match: Match) -> None:
        while True:
            console.print(describe(match), markup=False, highlight=False)
            await asyncio.sleep(LINE_INTERVAL)

    return watch


def describe(match: Match) -> str:
    """One line about where the match stands."""
    if match.stage != "playing" or match.plan is None:
        return f"{match.stage} ... {match.done}/{match.settings.gamers}" if match.done else f"{match.stage} ..."
    sent, accepted = len(match.ledger.posts), match.ledger.codes["POST updatestatus 200"]
    clock = min(match.plan.now(), match.settings.seconds)
    leader = match.ledger.board[0]["Nickname"] if match.ledger.board else "nobody yet"
    return (
        f"playing {clock:4.1f}/{match.settings.seconds:g} s: "
        f"{sent} posts, {accepted} accepted, leading: \u2068{leader}\u2069"
    )


def _scoreboard(match: Match) -> RenderableType:
    table = Table("Rank", "Gamer", title=f"{match.plan.session_id if match.plan else ''}")
    for name in ("Score", "Lives", "Shots", "Level"):
        table.add_column(name, justify="right")
    for place, row in enumerate(match.ledger.board, start=1):
        figures = (str(row[name]) for name in ("Score", "Lives", "Shots", "Level"))
        # Isolates keep a nickname written from right to left from turning the rest of its line round.
        table.add_row(str(place), Text(f"\u2068{row['Nickname']}\u2069"), *figures)
    return table
