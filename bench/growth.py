"""Growth: how costs grow with the number of gamers and of shards, and which shape that has.

Gamers: the CPU that a post costs gateway and emulator and that its handling costs the worker; how long GET scoreboard
and a manager's look at all rows take; a push of the board to everybody's WebSocket. Rows are written into the table,
for a session has 1,000 seats. Shards: the CPU of a worker that waits on them.
"""

import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from bench import boxes
from bench.generator import Load, send
from bench.measure import middle, rest
from bench.processes import Meter, paused
from bench.pushes import pushes
from bench.report import Figure, Plot, Report, Series, Target
from bench.rig import Rig
from bench.room import PATH, Room, room
from bench.shape import fit
from bench.surroundings import Surroundings
from cloud import clients
from demo.referee import CACHE_SECONDS
from labs.alien_attack.lab import LAB
from labs.declare import Table

NONE = Target(at_most=0)
CONNECTIONS = 16
TABLE = next(table.TableName for table in LAB.of(Table) if table.logical_id == "Scoreboard")
Lines = dict[tuple[str, str], list[tuple[float, float]]]
"""(what, unit) -> (size, cost) points."""


def run(around: Surroundings) -> Report:
    """Measure."""
    report, gamers, shards = Report("growth"), _lines(), _lines()
    for number in around.scale.growth_gamers:
        _with_gamers(around, report, number, gamers)
    with around.rig() as rig:
        notes = rig.function("growth", "noting.counting")
        assert notes
        for number in around.scale.growth_shards:
            around.say(f"a worker at rest with {number} shards")
            _with_shards(rig, number, around.scale.growth_seconds, shards)
    _tell(report, "gamers", gamers)
    _tell(report, "shards", shards)
    return report


def _lines() -> Lines:
    return defaultdict(list)


def _with_gamers(around: Surroundings, report: Report, number: int, lines: Lines) -> None:
    around.say(f"{number} gamers sign in")
    stack, pids = around.stack, boxes.pids(around.stack)
    with room(stack, number, seated=False) as there:
        _fill(there)
        around.say(f"{number} gamers post")
        with paused([pids["worker"]]):
            _warm_up(there)
            meter = Meter(pids)
            outcome = send(Load(there.address, there.posts(), around.scale.growth_seconds, 0.0, CONNECTIONS))
            used = meter.used()
        report.loaded(outcome.cpu)
        for box in ("gateway", "emulator"):
            lines[f"a post, {box}", "us of CPU"].append((number, 1e6 * used[box] / max(1, outcome.good)))
        meter = Meter(pids)
        boxes.wait_worked_off(stack)
        lines["handling a post, worker", "us of CPU"].append((number, 1e6 * meter.used()["worker"] / outcome.good))
        _looks(around, there, lines)
        _push(around, there, pids, lines)


def _looks(around: Surroundings, there: Room, lines: Lines) -> None:
    number, times = len(there.gamers), around.scale.growth_looks
    around.say(f"looks at a board of {number}")
    board = f"scoreboard?sessionId={there.session_id}"
    lines["a look at the board", "ms"].append(
        (number, middle(_look(there, board, there.gamers[0].token) for _ in range(times)))
    )
    rows = f"manager/gamers?sessionId={there.session_id}"
    lines["a look at all rows", "ms"].append((number, middle(_look(there, rows, there.manager) for _ in range(times))))


def _push(around: Surroundings, there: Room, pids: Mapping[str, int], lines: Lines) -> None:
    number = len(there.gamers)
    around.say(f"{number} sockets are told the board")
    told = pushes(there, pids, around.scale.growth_pushes)
    lines["a push, to the last who is told", "ms"].append((number, 1000 * middle(one.seconds for one in told)))
    for box in ("gateway", "worker", "emulator"):
        lines[f"a push, {box}", "ms of CPU"].append((number, 1000 * middle(one.cpu[box] for one in told)))


def _warm_up(there: Room) -> None:
    """Everybody posts about once, so that every token has been verified."""
    send(Load(there.address, there.posts(), max(0.3, len(there.gamers) / 1000), 0.0, CONNECTIONS))


def _look(there: Room, path: str, token: str) -> float:
    """Milliseconds that a GET takes when the gateway's cache has nothing."""
    rest(1.1 * CACHE_SECONDS)
    wish = urllib.request.Request(f"{there.address}{PATH}/{path}", headers={"Authorization": token})
    start = time.perf_counter()
    with urllib.request.urlopen(wish, timeout=30) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - start)


def _fill(there: Room) -> None:
    """Everybody's row, as it is after taking a seat."""
    rows: Iterator[dict[str, Any]] = (_row(there.session_id, one.nickname) for one in there.gamers)
    while some := list(islice(rows, 25)):
        wish = {TABLE: [{"PutRequest": {"Item": row}} for row in some]}
        assert not clients.client("dynamodb").batch_write_item(RequestItems=wish)["UnprocessedItems"]


def _row(session_id: str, nickname: str) -> dict[str, Any]:
    texts = {"SessionId": session_id, "Nickname": nickname, "Rank": f"{1_000_000_000:010d}6{0:010d}{nickname}"}
    numbers = {"Score": 0, "Lives": 3, "Shots": 0, "Level": 1}
    return {
        **{name: {"S": value} for name, value in texts.items()},
        **{name: {"N": str(value)} for name, value in numbers.items()},
        "Finished": {"BOOL": False},
    }


def _with_shards(rig: Rig, number: int, seconds: float, lines: Lines) -> None:
    uuid = rig.mapping("growth", rig.stream(f"bench-growth-{number}", number))
    rest(min(2.0, seconds))
    meter = Meter(rig.pids)
    rest(seconds)
    shares = meter.shares()
    for name in ("worker 1", "emulator"):
        lines[f"{name} at rest", "% of a core"].append((number, 100 * shares[name]))
    rig.unmap(uuid)


def _tell(report: Report, size: str, lines: Lines) -> None:
    worse = []
    for (what, unit), points in lines.items():
        (least, base), (most, cost), found = points[0], points[-1], fit(points)
        worse += [] if found.acceptable else [what]
        shape = f"if linear; it is {found.name}"
        report.figures.append(Figure(f"{what}, {most:,} {size}", cost, unit, shape, base * most / least))
        report.figures += [Figure(f"  {number:,} {size}", cost, unit) for number, cost in points[:-1]]
    report.figures.append(
        Figure(f"worse than linear in {size}", len(worse), f"of {len(lines)}", ", ".join(worse), None, NONE)
    )
    for unit in dict.fromkeys(unit for _, unit in lines):
        drawn = [Series(what, points) for (what, one), points in lines.items() if one == unit]
        report.plots.append(Plot(size, unit, drawn, log=True))
