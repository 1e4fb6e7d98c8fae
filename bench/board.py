"""Post to board: 200 gamers play a match; how long a post takes until the board shows it.

demo/delay.py says how the delay is measured. Those who watch, managers and the projector's wall, read all rows past
API Gateway's cache, and are pushed each change as it comes. The room gets what may be a second older: a push of the
changes of a second, and GET scoreboard, which API Gateway may answer from its cache for as long. The first tenth of the
match, in which functions start, is a warm-up: what is seen in it does not count.
"""

from collections.abc import Sequence

from bench import boxes, limits
from bench.audience import Audience, Look, as_seen, seated
from bench.report import Figure, Plot, Report, Series, Target
from bench.surroundings import Surroundings
from cloud.errors import FogbankError
from demo.delay import percentiles
from demo.match import run as play
from demo.measure import Ledger
from demo.result import Result
from demo.settings import from_env
from labs.alien_attack.lab import LAB
from labs.declare import EventSourceMapping, Table

SHARES = (0.5, 0.95)
WARM_UP = 0.1  # share of the match
SOON = Target(at_most=500)
A_SECOND_LATER = Target(
    at_most=1500
)  # what people see is up to a second older: the shortest window, the shortest cache
BOXES = ("gateway", "worker", "emulator")
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
    pids = {name: pid for name, pid in boxes.pids(stack).items() if name in BOXES}
    with seated(settings, WARM_UP * settings.seconds, pids) as audience:
        result = play(settings, [], audience.attend)
    if not result.right:
        raise MatchWentWrong("; ".join(result.verdict.complaints[:3]) or "not all posts were handled")
    _tell(report, result, audience, alone)
    return report


def _tell(report: Report, result: Result, audience: Audience, alone: float) -> None:
    report.loaded(result.cpu_share)
    late = [one for one in audience.ledger.snapshots if one.at >= audience.since]
    rows = Ledger(posts=audience.ledger.posts, snapshots=late)
    boards = {
        f"{result.gamers} gamers: post to board": (_milliseconds(rows), "table alone", alone),
        "the wall's GET board": (_seen(audience, audience.read), "table alone", alone),
        "pushed to who watches": (_seen(audience, audience.watched), "table alone", alone),
        "pushed to the room": (_seen(audience, audience.pushed), "the push's window", 1000.0 * (WINDOW or 0)),
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
        *(Figure(f"CPU while they play, {name}", 100 * share, "% of a core") for name, share in audience.cpu.items()),
    ]
    lines = [Series(what, [(50.0, p50), (95.0, p95)]) for what, ((p50, p95), _, _) in boards.items()]
    report.plots.append(Plot("share of posts, %", "post to board in ms", lines))
    report.notes.append(f"{result.accepted} posts, seen in {len(late)} looks at all rows.")
    report.notes.append(f"{len(audience.pages)} pages had their WebSockets open; one after the other was looked at.")


def _seen(audience: Audience, looks: Sequence[Look]) -> list[float]:
    """Milliseconds for each of SHARES."""
    return _milliseconds(as_seen(audience.ledger, looks))


def _milliseconds(ledger: Ledger) -> list[float]:
    """The delay for each of SHARES."""
    return [1000 * value for value in percentiles(ledger, SHARES)]
