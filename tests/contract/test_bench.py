"""Every benchmark runs, at a scale at which its figures mean nothing, against a stack and rigs of its own."""

import io
import os
import socket
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from bench import runner
from bench.catalogue import BENCHMARKS
from bench.settings import SMOKE
from tests.ports import free_span

# Starting the stack and finding it healthy is what every other one does, and what the end-to-end tests are about.
NAMES = [name for name in BENCHMARKS if name != "start"]
pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]
NEEDED = 20  # ports in a row


def test_every_benchmark_runs_and_keeps_its_figures(tmp_path: Path) -> None:
    """Each writes its JSON and its plot, names its figures, loses nothing, and leaves nothing running."""
    port, environ = free_span(NEEDED), dict(os.environ)
    console = Console(file=io.StringIO(), width=160)
    reports = {report.name: report for report in runner.run(NAMES, SMOKE, port, console, tmp_path)}

    assert list(reports) == NAMES
    for name, report in reports.items():
        assert orjson.loads((tmp_path / f"{name}.json").read_bytes())["figures"]
        assert (tmp_path / f"{name}.png").exists()
        assert all(figure.value >= 0 for figure in report.figures if "growth" not in figure.what)
    lost = [figure for report in reports.values() for figure in report.figures if "lost" in figure.what]
    assert [figure.value for figure in lost] == [0, 0]
    assert dict(os.environ) == environ
    assert all(_is_free(port + number) for number in range(NEEDED))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
