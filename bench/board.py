"""Post to board: 200 gamers play a match; how long a post takes until the board shows it.

demo/delay.py says how the delay is measured. Two boards are looked at: all gamers' rows, as a manager reads them, and
GET scoreboard as every gamer sees it, which API Gateway may answer from its cache for a second.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench import limits
from bench.report import Figure, Plot, Report, Series, Target
from bench.surroundings import Surroundings
from cloud.errors import FogbankError
from demo.api import NoAnswer, Refused
from demo.delay import percentiles
from demo.match import Fault, Match
from demo.match import run as play
from demo.measure import Ledger, Outcome, Post, Snapshot
from demo.result import Result
from demo.settings import from_env
from labs.alien_attack.lab import LAB
from labs.declare import Table

LOOK_INTERVAL = 0.1  # seconds between two looks at GET scoreboard
SHARES = (0.5, 0.95)
TABLE = next(table.TableName for table in LAB.of(Table) if table.logical_id == "Scoreboard")
Look = tuple[float, list[dict[str, Any]]]
"""When the answer was there, and its rows."""


class MatchWentWrong(FogbankError):
    """The match lost something or the board is wrong: its figures would mean nothing."""


def run(around: Surroundings) -> Report:
    """Measure."""
    report, stack, looks = Report("board"), around.stack, list[Look]()
    matches = list[Match]()
    around.say("the table alone")
    alone = limits.board_delay(TABLE, 50)
    around.say(f"{around.scale.gamers} gamers play")
    settings = from_env(
        stack.environ, name="bench-", gamers=around.scale.gamers, seconds=around.scale.play_seconds, seed=8
    )

    async def look(match: Match) -> None:
        matches.append(match)
        await _look_on(match, looks)

    result = play(settings, [Fault(0.0, look)])
    if not result.right:
        raise MatchWentWrong("; ".join(result.verdict.complaints[:3]) or "not all posts were handled")
    cached = percentiles(_as_seen(matches[0].ledger, looks), SHARES)
    _tell(report, result, [1000 * value for value in cached], alone)
    return report


async def _look_on(match: Match, looks: list[Look]) -> None:
    """Look at GET scoreboard until the match is over."""
    assert match.plan
    assert match.manager
    due = match.plan.now()
    while due < match.plan.seconds:
        await match.plan.until(due)
        try:
            rows = await match.manager.top_ten()
        except (NoAnswer, Refused):
            rows = []
        looks.append((match.plan.now(), rows))
        due = max(due + LOOK_INTERVAL, match.plan.now())
        await asyncio.sleep(0)


def _as_seen(ledger: Ledger, looks: Sequence[Look]) -> Ledger:
    """What demo.delay wants to know. Rows hold no time but a score, so only posts that raised one can be told apart."""
    raising = defaultdict[str, list[Post]](list)
    for post in ledger.of(Outcome.ACCEPTED):
        mine = raising[post.nickname]
        if not mine or post.status.score > mine[-1].status.score:
            mine.append(post)
    snapshots = [
        Snapshot(at, {row["Nickname"]: _newest(raising[row["Nickname"]], int(row["Score"])) for row in rows})
        for at, rows in looks
    ]
    return Ledger(posts=[post for posts in raising.values() for post in posts], snapshots=snapshots)


def _newest(posts: Sequence[Post], score: int) -> str:
    """The time of the newest post that a row with this score holds."""
    return max((post.timestamp for post in posts if post.status.score <= score), default="")


def _tell(report: Report, result: Result, cached: Sequence[float], alone: float) -> None:
    report.loaded(result.cpu_share)
    gamers, table = f"{result.gamers} gamers", "table alone: write, query"
    report.figures += [
        Figure(f"{gamers}: post to board, p50", result.delay["p50"], "ms", table, alone),
        Figure(f"{gamers}: post to board, p95", result.delay["p95"], "ms", table, alone, Target(at_most=500)),
        Figure("through GET scoreboard, p50", cached[0], "ms", "its cache", 1000.0),
        Figure("through GET scoreboard, p95", cached[1], "ms", "its cache", 1000.0),
        Figure("posts accepted", result.posts_per_second, "/s"),
        Figure("post's latency, p50", result.latency["p50"], "ms"),
        Figure("post's latency, p99", result.latency["p99"], "ms"),
        Figure("posts lost", result.lost, "", target=Target(at_most=0)),
    ]
    shares = ("p50", "p95")
    rows = [(50.0, result.delay["p50"]), (95.0, result.delay["p95"])]
    seen = [(float(name[1:]), value) for name, value in zip(shares, cached, strict=True)]
    report.plots.append(
        Plot("share of posts, %", "post to board in ms", [Series("rows", rows), Series("GET scoreboard", seen)])
    )
    report.notes.append(f"{result.accepted} posts, seen in {result.delay_looks} looks at all rows.")
