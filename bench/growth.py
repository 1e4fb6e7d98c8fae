"""Growth: how costs grow with the number of gamers and of shards, and which shape that has.

Gamers: the CPU that a post costs gateway and emulator, that its handling costs the worker, and how long GET scoreboard
takes. Shards: the CPU of a worker that waits on them. Rows beyond a session's 1,000 seats are written into the table.
"""

import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from bench import boxes
from bench.generator import Load, send
from bench.measure import middle, rest
from bench.processes import Meter, paused
from bench.report import Figure, Plot, Report, Series, Target
from bench.rig import Rig
from bench.room import PATH, Room, room
from bench.shape import fit
from bench.surroundings import Surroundings
from cloud import clients
from demo.referee import CACHE_SECONDS
from labs.alien_attack.lab import LAB
from labs.declare import Table

LINEAR = Target(at_most=1)
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
        around.say(f"looks at a board of {number}")
        lines["a look at the board", "ms"].append(
            (number, middle(_look(there) for _ in range(around.scale.growth_looks)))
        )


def _warm_up(there: Room) -> None:
    """Everybody posts about once, so that every token has been verified."""
    send(Load(there.address, there.posts(), max(0.3, len(there.gamers) / 1000), 0.0, CONNECTIONS))


def _look(there: Room) -> float:
    """Milliseconds that GET scoreboard takes when the gateway's cache has nothing."""
    rest(1.1 * CACHE_SECONDS)
    headers = {"Authorization": there.gamers[0].token}
    address = f"{there.address}{PATH}/scoreboard?sessionId={there.session_id}"
    wish = urllib.request.Request(address, headers=headers)
    start = time.perf_counter()
    with urllib.request.urlopen(wish, timeout=10) as answer:
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


def _tell(report: Report, size: str, lines: Mapping[tuple[str, str], Sequence[tuple[float, float]]]) -> None:
    for (what, unit), points in lines.items():
        for number, cost in points:
            report.figures.append(Figure(f"{what}, {number:,} {size}", cost, unit))
        found = fit(points)
        shape = f"{found.name}: {found.base:.3g} + {found.step:.3g} each, within {found.error:.0%}"
        report.figures.append(
            Figure(f"{what}: worse than linear", 0.0 if found.acceptable else 1.0, "", shape, None, LINEAR)
        )
    for unit in dict.fromkeys(unit for _, unit in lines):
        drawn = [Series(what, points) for (what, one), points in lines.items() if one == unit]
        report.plots.append(Plot(size, unit, drawn, log=True))
