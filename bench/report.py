"""What a benchmark found: figures, each with the limit and the target that it is read against; a table and JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

MET, MISSED = "met", "MISSED"


@dataclass(frozen=True)
class Target:
    """What is asked for: of the value itself, or of its share of the limit (of_limit)."""

    at_least: float | None = None
    at_most: float | None = None
    of_limit: bool = False

    def met(self, value: float, limit: float | None) -> bool:
        """Whether a figure is good enough. A share of no limit is not."""
        if self.of_limit:
            if not limit:
                return False
            value /= limit
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)

    def words(self, unit: str) -> str:
        """For example "at most 30 ms", "at least 0.5 of it"."""
        what = "of it" if self.of_limit else unit
        parts = [("at least", self.at_least), ("at most", self.at_most)]
        return ", ".join(f"{word} {value:g} {what}".strip() for word, value in parts if value is not None)


@dataclass(frozen=True)
class Figure:
    """One figure. beside: what was measured as its limit, in words; limit: that, in the same unit."""

    what: str
    value: float
    unit: str
    beside: str = ""
    limit: float | None = None
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return self.target.met(self.value, self.limit) if self.target else None


@dataclass(frozen=True)
class Series:
    """A line of the plot: (x, y) points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Plot:
    """What is drawn beside the table. log: both axes logarithmic."""

    x: str
    y: str
    series: Sequence[Series]
    log: bool = False


@dataclass
class Report:
    """All that one benchmark found; figures whose names are indented are details.

    generator_cpu: the load generator's share of one core at its busiest, None without one; load: of the machine before,
    how many processes wanted to run in the minute.
    """

    name: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    generator_cpu: float | None = None
    seconds: float = 0.0
    load: float = 0.0

    @property
    def missed(self) -> list[Figure]:
        """Figures that do not meet their target."""
        return [figure for figure in self.figures if figure.met is False]

    def loaded(self, share: float) -> None:
        """Note a share of a core that the load generator used."""
        self.generator_cpu = max(self.generator_cpu or 0.0, share)

    def as_json(self) -> dict[str, Any]:
        """All of it, and whether each target was met."""
        figures = [{**asdict(figure), "met": figure.met} for figure in self.figures]
        return {**asdict(self), "figures": figures, "missed": [figure.what for figure in self.missed]}


def show(report: Report, console: Console) -> None:
    """Print a report as a table with its notes."""
    title = f"{report.name}  ({report.seconds:.0f} s, load before it {report.load:.1f})"
    table = Table("figure", title=title, title_justify="left")
    for heading in ("measured", "limit beside it", "share", "asked for", ""):
        table.add_column(heading, justify="left" if heading in {"limit beside it", "asked for"} else "right")
    for figure in report.figures:
        table.add_row(*map(_coloured, cells(figure)))
    console.print(table)
    for note in _notes(report):
        console.print(note, markup=False, highlight=False, style="dim")


def cells(figure: Figure) -> list[str]:
    """A figure's row: what, measured, the limit beside it, its share of that, what is asked for, what came of it."""
    share = f"{figure.value / figure.limit:.2f}" if figure.limit else ""
    beside = f"{_number(figure.limit)} {figure.unit} {figure.beside}" if figure.limit is not None else figure.beside
    wish = figure.target.words(figure.unit) if figure.target else ""
    verdict = {True: MET, False: MISSED, None: ""}[figure.met]
    return [figure.what, f"{_number(figure.value)} {figure.unit}".strip(), beside, share, wish, verdict]


def _coloured(cell: str) -> Text:
    return Text(cell, style={MET: "green", MISSED: "red"}.get(cell, ""))


def _number(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _notes(report: Report) -> list[str]:
    if report.generator_cpu is None:
        return report.notes
    return [*report.notes, f"The load generator used at most {report.generator_cpu:.0%} of a core."]
