"""Start: how long `make up` takes from installed to healthy, and what the boxes use while nobody plays."""

import time

from bench import boxes
from bench.measure import rest
from bench.processes import Meter, memory
from bench.report import Figure, Plot, Report, Series
from bench.surroundings import Surroundings
from stack.apart import Stack


def run(around: Surroundings) -> Report:
    """Measure."""
    report, stack = Report("start"), around.fresh_stack("start")
    try:
        first = _up(around, report, stack, "make up, from no state to healthy")
        around.say("the boxes at rest")
        _at_rest(around, report, stack)
        stack.front_door("down", timeout=120)
        again = _up(around, report, stack, "make up again, state kept")
        report.plots.append(Plot("start", "seconds", [Series("make up", [(1, first), (2, again)])]))
    finally:
        stack.clean()
    report.notes.append("Memory is RSS: pages that processes share count for each of them.")
    return report


def _up(around: Surroundings, report: Report, stack: Stack, what: str) -> float:
    around.say(what)
    began = time.perf_counter()
    stack.up()
    took = time.perf_counter() - began
    report.figures.append(Figure(what, took, "s"))
    return took


def _at_rest(around: Surroundings, report: Report, stack: Stack) -> None:
    pids = boxes.pids(stack)
    rest(min(2.0, around.scale.start_seconds))  # what starting has caused is over
    meter = Meter(pids)
    rest(around.scale.start_seconds)
    shares = meter.shares()
    for name, pid in pids.items():
        report.figures.append(Figure(f"{name} at rest, CPU", 100 * shares[name], "% of a core"))
        report.figures.append(Figure(f"{name} at rest, memory", memory(pid) / 2**20, "MiB"))
    report.figures.append(Figure("all boxes at rest, CPU", 100 * sum(shares.values()), "% of a core"))
    report.figures.append(Figure("all boxes at rest, memory", sum(map(memory, pids.values())) / 2**20, "MiB"))
