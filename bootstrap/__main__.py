"""python -m bootstrap apply | plan | destroy | watch | export [--lab NAME]

plan's exit code: 0 nothing to do, 2 something to create or change. Any command: 1 with the reason when it failed.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from bootstrap import commands, settings
from bootstrap.engine import Engine
from bootstrap.kinds import kinds
from bootstrap.resolve import Place
from cloud import log
from cloud.errors import FogbankError
from labs import declare

COMMANDS = {
    "apply": "create what is missing, change what differs",
    "plan": "say what apply would do",
    "destroy": "delete what the labs declare",
    "watch": "apply, and again whenever something is missing, until stopped",
    "export": "write a lab as a SAM template to standard output",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    asked = _parser().parse_args(arguments)
    chosen = settings.from_env(os.environ)
    log.setup("bootstrap", chosen.log_level)
    stop = _stop_on_signals()
    place = Place(chosen.region)
    engine = Engine(kinds(settings.ROOT, place, chosen.password), place, stop)
    names = [_package(asked.lab)] if asked.lab else []
    try:
        return commands.run(asked.command, names, engine, chosen.home, Console())
    except (FogbankError, ClientError, BotoCoreError) as error:
        print(f"bootstrap {asked.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _end(0 if asked.command == "watch" else 1)


def _stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set. They also break off the call that the main thread is waiting for."""
    stop = Event()

    def handler(*_: object) -> None:
        stop.set()
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
    return stop


def _end(code: int) -> NoReturn:
    """End now. Threads may hang in calls, and whatever they do can be cut off and done again."""
    sys.stdout.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bootstrap", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, about in COMMANDS.items():
        command = subparsers.add_parser(name, help=about, description=about)
        command.add_argument("--lab", metavar="NAME", help="one lab only, e.g. alien-attack", choices=_choices())
    return parser


def _choices() -> list[str]:
    return [choice for name in declare.names() for choice in sorted({name, name.replace("_", "-")})]


def _package(lab: str) -> str:
    return lab.replace("-", "_")


if __name__ == "__main__":
    sys.exit(main())
