"""Runs benchmarks one after the other: progress, the table of each, its JSON and its plot."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.catalogue import BENCHMARKS
from bench.plot import draw
from bench.report import Report, show
from bench.settings import Scale
from bench.surroundings import Surroundings

RESULTS = Path(__file__).parent / "results"


def run(names: Sequence[str], scale: Scale, port: int, console: Console, results: Path = RESULTS) -> list[Report]:
    """Run these benchmarks; returns what they found. Whatever ends one of them is raised once all state is removed."""
    results.mkdir(parents=True, exist_ok=True)
    reports = []
    with tempfile.TemporaryDirectory(prefix="fogbank-bench-") as folder, _progress(console) as progress:
        bar = progress.add_task("", total=len(names))
        around = Surroundings(scale, Path(folder), port)
        try:
            for name in names:
                around.say = _teller(name, console, progress, bar)
                reports.append(_one(name, around))
                _keep(reports[-1], results)
                show(reports[-1], console)
                progress.advance(bar)
        finally:
            around.rest()
    return reports


def _one(name: str, around: Surroundings) -> Report:
    began, load = time.monotonic(), os.getloadavg()[0]
    report = BENCHMARKS[name](around)
    report.seconds, report.load = time.monotonic() - began, load
    return report


def _keep(report: Report, results: Path) -> None:
    (results / f"{report.name}.json").write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    draw(report, results / f"{report.name}.png")


def _progress(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _teller(name: str, console: Console, progress: Progress, bar: object) -> Callable[[str], None]:
    """On a terminal the bar says what is being done, elsewhere each step is a line."""

    def say(what: str) -> None:
        if console.is_terminal:
            progress.update(bar, description=f"{name}: {what}")  # type: ignore[arg-type]
        else:
            console.print(f"{name}: {what}", markup=False, highlight=False)

    return say
