"""All benchmarks in their order: those on the whole stack first, then those that need a quiet machine."""

from collections.abc import Callable, Mapping

from bench import board, growth, handler, ingest, soak, start, unsampled
from bench.report import Report
from bench.surroundings import Surroundings

BENCHMARKS: Mapping[str, Callable[[Surroundings], Report]] = {
    "start": start.run,
    "ingest": ingest.run,
    "board": board.run,
    "soak": soak.run,
    "growth": growth.run,
    "handler": handler.run,
    "unsampled": unsampled.run,
}
