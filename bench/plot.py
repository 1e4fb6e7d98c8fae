"""A report's plots as one PNG."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import Plot, Report

SIZE = (6.4, 4.0)  # inches of one plot


def draw(report: Report, path: Path) -> None:
    """Write the plots, one below the other; nothing when the report has none."""
    plots = [plot for plot in report.plots if any(series.points for series in plot.series)]
    if not plots:
        return
    with mpl.rc_context({"font.family": "DejaVu Sans", "axes.grid": True, "grid.alpha": 0.3}):
        figure = Figure(figsize=(SIZE[0], SIZE[1] * len(plots)), layout="constrained")
        for number, plot in enumerate(plots, start=1):
            _draw(figure.add_subplot(len(plots), 1, number), plot)
        figure.suptitle(report.name)
        figure.savefig(path, dpi=120)


def _draw(axes: Axes, plot: Plot) -> None:
    for series in plot.series:
        points = sorted(point for point in series.points if not plot.log or min(point) > 0)
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=series.name)
    if plot.log and axes.lines:
        axes.set_xscale("log")
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    if axes.lines:
        axes.legend()
