"""Soak: a steady load for a long time, and whether any box's memory grows with it.

20 minutes by default when asked for by name; ARGS="--seconds 7200" makes it two hours.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from bench import boxes
from bench.generator import Load, Outcome
from bench.load import finish, start
from bench.measure import rest, slope
from bench.processes import memories
from bench.report import Figure, Plot, Report, Series, Target
from bench.room import room
from bench.surroundings import Surroundings

SETTLED = 1 / 3  # of the time goes by before memory is looked at: pools and caches fill
LONG = 600  # seconds; a shorter soak says nothing about growth, and is not judged
MOST = 0.05  # growth over the whole soak as a share of the memory that a box has
GAMERS = 50
Line = Sequence[tuple[float, float]]
"""(seconds since the beginning, MiB) points."""


def run(around: Surroundings) -> Report:
    """Measure."""
    report, stack, scale = Report("soak"), around.stack, around.scale
    pids, lines = boxes.pids(stack), defaultdict[str, list[tuple[float, float]]](list)
    with room(stack, min(GAMERS, scale.gamers)) as there:
        around.say(f"{scale.soak_rate:g} posts a second for {scale.soak_seconds:g} s")
        load = Load(there.address, there.posts(), scale.soak_seconds, rate=scale.soak_rate)
        child = start("bench.generator", asdict(load))
        began = time.monotonic()
        for number in range(1, scale.soak_looks + 1):
            rest(began + number * scale.soak_seconds / scale.soak_looks - time.monotonic())
            for name, size in _sizes(pids):
                lines[name].append((time.monotonic() - began, size))
        outcome = Outcome(**finish(child, scale.soak_seconds))
        boxes.wait_worked_off(stack)
    _tell(report, lines, outcome, scale.soak_seconds)
    return report


def _sizes(pids: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    """MiB of each box; the worker's functions, of which there are more or fewer, apart: what one has on average."""
    for name, pid in pids.items():
        own, children = memories(pid)
        yield name, own / 2**20
        if children:
            yield f"{name}'s children, each", sum(children) / len(children) / 2**20


def _tell(report: Report, lines: Mapping[str, Line], outcome: Outcome, seconds: float) -> None:
    report.loaded(outcome.cpu)
    for name, line in lines.items():
        settled = [(at, size) for at, size in line if at >= SETTLED * seconds]
        growth, size = seconds * slope(settled), settled[0][1]
        judged = Target(at_most=MOST * 100) if seconds >= LONG else None
        report.figures.append(
            Figure(f"{name}, growth over the soak", 100 * growth / size, "% of its memory", "", None, judged)
        )
        report.figures.append(Figure(f"  {name}, memory", line[-1][1], "MiB"))
    wrong = len(outcome.latencies) - outcome.good
    report.figures.append(Figure("posts not accepted", wrong, f"of {len(outcome.latencies)}", target=Target(at_most=0)))
    report.plots.append(Plot("seconds", "MiB", [Series(name, line) for name, line in lines.items()]))
    if seconds < LONG:
        report.notes.append("Too short to tell growth: make bench B=soak takes 20 minutes.")
