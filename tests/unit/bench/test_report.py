"""Figures and their targets, the table, the JSON, the plot."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from bench.plot import draw
from bench.report import Figure, Plot, Report, Series, Target, show
from bench.table import markdown, read

HALF = Target(at_least=0.5, of_limit=True)


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("rate", 50, "/s", "bare", 100, HALF), True),
        (Figure("rate", 49, "/s", "bare", 100, HALF), False),
        (Figure("rate", 50, "/s", "bare", None, HALF), False),
        (Figure("rate", 50, "/s", "bare", 0.0, HALF), False),
        (Figure("delay", 30, "ms", target=Target(at_most=30)), True),
        (Figure("delay", 30.1, "ms", target=Target(at_most=30)), False),
        (Figure("size", 1, "MiB"), None),
    ],
)
def test_a_target_is_met_or_not(figure: Figure, met: bool | None) -> None:
    """A share of no limit is not met: what was not measured proves nothing."""
    assert figure.met is met


def test_a_report_names_what_it_missed() -> None:
    """In its JSON too, beside all figures."""
    report = Report(
        "x", [Figure("good", 1, "ms", target=Target(at_most=2)), Figure("bad", 3, "ms", target=Target(at_most=2))]
    )
    kept = orjson.loads(orjson.dumps(report.as_json()))

    assert kept["missed"] == ["bad"]
    assert [figure["met"] for figure in kept["figures"]] == [True, False]


def test_the_generators_busiest_share_is_told() -> None:
    """Whether the generator was the bottleneck is in every report that has one."""
    report = Report("x")
    report.loaded(0.2)
    report.loaded(0.1)

    assert "at most 20% of a core" in _printed(report)


def test_a_table_shows_value_limit_share_and_verdict() -> None:
    """All that a figure is read with, in one row."""
    row = next(
        line
        for line in _printed(Report("x", [Figure("posts", 1500, "/s", "bare endpoint", 2000, HALF)])).splitlines()
        if "posts" in line
    )

    assert [cell.strip() for cell in row.strip("│ ").split("│")] == [
        "posts", "1,500 /s", "2,000 /s bare endpoint", "0.75", "at least 0.5 of it", "met",
    ]  # fmt: skip


def test_a_plot_is_drawn_where_there_are_points(tmp_path: Path) -> None:
    """A PNG; a report without points has none."""
    plot = Plot(
        "shards", "records a second", [Series("worker", [(4, 2.0), (1, 1.0)]), Series("bare", [(1, 3.0)])], log=True
    )
    draw(Report("x", plots=[plot]), tmp_path / "x.png")
    draw(Report("y", plots=[Plot("a", "b", [Series("none", [])])]), tmp_path / "y.png")

    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "y.png").exists()


def test_what_a_logarithmic_axis_cannot_show_is_left_out(tmp_path: Path) -> None:
    """A cost below the clock's resolution is 0: the others are drawn, and nothing warns."""
    lines = [Series("some", [(1, 0.0), (2, 1.0)]), Series("none", [(1, 0.0)])]
    draw(Report("x", plots=[Plot("a", "b", lines, log=True), Plot("a", "b", lines[1:], log=True)]), tmp_path / "x.png")

    assert (tmp_path / "x.png").exists()


def _printed(report: Report) -> str:
    console = Console(file=io.StringIO(), width=160)
    show(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_runs_found_is_printed_as_a_table_of_markdown(tmp_path: Path) -> None:
    """From their JSON: figures with limits and verdicts, the machine's load once, no details."""
    report = Report("ingest", [Figure("posts", 900, "/s", "bare endpoint", 2000, HALF), Figure("  detail", 1, "us")])
    report.load = 0.25
    (tmp_path / "ingest.json").write_bytes(orjson.dumps(report.as_json()))

    rows = markdown(read(tmp_path, ["start", "ingest"])).splitlines()

    assert rows[2:] == [
        "| `ingest`, load 0.2 | posts | 900 /s | 2,000 /s bare endpoint | 0.45 | at least 0.5 of it, **missed** |"
    ]
