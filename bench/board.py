"""Post to board: 200 gamers play a match; how long a post takes until the board shows it.

demo/delay.py says how the delay is measured. Three boards are looked at: all gamers' rows, as a manager reads them;
what the WebSocket pushes to every gamer; and GET scoreboard, which API Gateway may answer from its cache for a second.
"""

from collections.abc import Sequence

from bench import limits
from bench.audience import Audience, Look, as_seen, seated
from bench.report import Figure, Plot, Report, Series, Target
from bench.surroundings import Surroundings
from cloud.errors import FogbankError
from demo.delay import percentiles
from demo.match import run as play
from demo.result import Result
from demo.settings import from_env
from labs.alien_attack.lab import LAB
from labs.declare import EventSourceMapping, Table

SHARES = (0.5, 0.95)
SOON = Target(at_most=500)
A_SECOND_LATER = Target(
    at_most=1500
)  # what people see is up to a second older: the shortest window, the shortest cache
TABLE = next(table.TableName for table in LAB.of(Table) if table.logical_id == "Scoreboard")
WINDOW = next(one.MaximumBatchingWindowInSeconds for one in LAB.of(EventSourceMapping) if one.logical_id == "Boards")


class MatchWentWrong(FogbankError):
    """The match lost something or the board is wrong: its figures would mean nothing."""


def run(around: Surroundings) -> Report:
    """Measure."""
    report, stack = Report("board"), around.stack
    around.say("the table alone")
    alone = limits.board_delay(TABLE, 50)
    around.say(f"{around.scale.gamers} gamers play")
    settings = from_env(
        stack.environ, name="bench-", gamers=around.scale.gamers, seconds=around.scale.play_seconds, seed=8
    )
    with seated(settings) as audience:
        result = play(settings, [], audience.attend)
    if not result.right:
        raise MatchWentWrong("; ".join(result.verdict.complaints[:3]) or "not all posts were handled")
    _tell(report, result, audience, alone)
    return report


def _tell(report: Report, result: Result, audience: Audience, alone: float) -> None:
    report.loaded(result.cpu_share)
    boards = {
        f"{result.gamers} gamers: post to board": ([result.delay["p50"], result.delay["p95"]], "table alone", alone),
        "pushed by WebSocket": (_seen(audience, audience.pushed), "the push's window", 1000.0 * (WINDOW or 0)),
        "through GET scoreboard": (_seen(audience, audience.asked), "its cache", 1000.0),
    }
    for what, (delays, beside, limit) in boards.items():
        report.figures.append(Figure(f"{what}, p50", delays[0], "ms", beside, limit))
        wish = SOON if limit < 1000 else A_SECOND_LATER
        report.figures.append(Figure(f"{what}, p95", delays[1], "ms", beside, limit, wish))
    report.figures += [
        Figure("posts accepted", result.posts_per_second, "/s"),
        Figure("post's latency, p50", result.latency["p50"], "ms"),
        Figure("post's latency, p99", result.latency["p99"], "ms"),
        Figure("posts lost", result.lost, "", target=Target(at_most=0)),
    ]
    lines = [Series(what, [(50.0, p50), (95.0, p95)]) for what, ((p50, p95), _, _) in boards.items()]
    report.plots.append(Plot("share of posts, %", "post to board in ms", lines))
    report.notes.append(f"{result.accepted} posts, seen in {result.delay_looks} looks at all rows.")
    report.notes.append(f"{len(audience.pages)} pages had their WebSockets open; one after the other was looked at.")


def _seen(audience: Audience, looks: Sequence[Look]) -> list[float]:
    """Milliseconds for each of SHARES."""
    return [1000 * value for value in percentiles(as_seen(audience.ledger, looks), SHARES)]
