"""`python -m demo`: play a match, print the verdict; exit code 1 when anything was lost or wrong."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from cloud.errors import FogbankError
from demo.match import run
from demo.progress import watcher
from demo.report import show
from demo.settings import from_env


def main() -> int:
    """Play a match as the command line says; returns the exit code."""
    options = _options()
    report: Path | None = options.pop("json")
    console = Console()
    try:
        result = run(from_env(os.environ, **options), watcher=watcher(console))
    except KeyboardInterrupt:
        return 130
    except FogbankError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    if report:
        report.write_bytes(orjson.dumps(result.as_json(), option=orjson.OPT_INDENT_2))
    show(result, console)
    return 0 if result.right else 1


def _options() -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Simulated gamers play Alien Attack.")
    parser.add_argument("--gamers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30, help="how long they play")
    parser.add_argument("--interval", type=float, default=0.3, help="seconds between two posts of a gamer")
    parser.add_argument("--seed", type=int, default=1, help="the same seed is the same games")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument("--keep-open", action="store_true", help="leave the session open for a look at its page")
    return vars(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
