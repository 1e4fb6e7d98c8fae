"""What the last runs found as a table of Markdown, for docs/benchmarks.md: `python -m bench table`.

Details, whose names are indented, are left out.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from bench.report import Figure, Report, Target, cells

HEAD = "| benchmark | figure | measured | limit beside it | share | asked for |\n|---|---|---|---|---|---|"


def read(results: Path, names: Iterable[str]) -> list[Report]:
    """The reports in this folder, those of them that there are."""
    files = [file for name in names if (file := results / f"{name}.json").exists()]
    return [_report(orjson.loads(file.read_bytes())) for file in files]


def markdown(reports: Iterable[Report]) -> str:
    """The table."""
    return "\n".join([HEAD, *(row for report in reports for row in _rows(report))])


def _rows(report: Report) -> Iterator[str]:
    name = f"`{report.name}`, load {report.load:.1f}"
    for figure in report.figures:
        if not figure.what.startswith(" "):
            yield f"| {name} | {' | '.join(cells(figure)[:-1])}{_verdict(figure)} |"
            name = ""


def _verdict(figure: Figure) -> str:
    return ", **missed**" if figure.met is False else ""


def _report(kept: dict[str, object]) -> Report:
    figures = kept["figures"]
    assert isinstance(figures, list)
    found = Report(str(kept["name"]), [_figure(figure) for figure in figures])
    found.load = float(str(kept.get("load") or 0))
    return found


def _figure(kept: dict[str, object]) -> Figure:
    target = kept.pop("target")
    kept.pop("met")
    return Figure(**kept, target=Target(**target) if isinstance(target, dict) else None)  # type: ignore[arg-type]
