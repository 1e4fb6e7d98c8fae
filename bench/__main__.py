"""`python -m bench [NAME ...]`: run all benchmarks, or those that are named, at full length.

`python -m bench table` prints what the last runs found as docs/benchmarks.md has it.
"""

import argparse
import signal
import sys
from dataclasses import replace

from rich.console import Console

from bench import table
from bench.catalogue import BENCHMARKS
from bench.runner import RESULTS, run
from bench.settings import FULL, Scale
from cloud.errors import FogbankError

TABLE = "table"
PORT = 18_600  # the first of twenty that are used


def main() -> int:
    """Run what the command line says; 1 when a benchmark could not be run, 0 whatever the figures are."""
    options = _options()
    if options.names == [TABLE]:
        print(table.markdown(table.read(RESULTS, BENCHMARKS)))
        return 0
    scale = FULL if options.names else Scale()
    if options.seconds:
        scale = replace(scale, soak_seconds=options.seconds)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        reports = run(options.names or list(BENCHMARKS), scale, options.port, console)
    except FogbankError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    missed = [f"{report.name}: {figure.what}" for report in reports for figure in report.missed]
    console.print(f"Figures and plots: {RESULTS}", markup=False)
    console.print("All targets are met." if not missed else "Missed: " + "; ".join(missed), markup=False)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks, each beside its limit.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all when none is given; or {TABLE}"
    )
    parser.add_argument("--seconds", type=float, help="how long the soak lasts")
    parser.add_argument("--port", type=int, default=PORT, help=f"the first of twenty free ports ({PORT})")
    options = parser.parse_args()
    if options.names != [TABLE] and (unknown := set(options.names) - set(BENCHMARKS)):
        parser.error(f"{', '.join(sorted(unknown))}: no such benchmark; there are {', '.join(BENCHMARKS)}")
    return options


def _asked_to_end(_number: int, _frame: object) -> None:
    sys.exit(143)  # through every `finally`: what was started is stopped


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _asked_to_end)
    sys.exit(main())
