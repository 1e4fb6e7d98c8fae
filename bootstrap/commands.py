"""What each command does; __main__.py reads the command line and the environment."""

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console

from bootstrap import export, progress
from bootstrap.engine import KEEP, Engine
from bootstrap.lock import only_one
from bootstrap.reach import silent
from bootstrap.resolve import Known
from bootstrap.watch import Watch
from cloud.errors import ConfigError, Unavailable
from cloud.wait import until
from labs import declare
from labs.declare import Lab

_PATIENCE = 60.0  # seconds for all addresses to answer


def run(command: str, names: Sequence[str], engine: Engine, home: Path, console: Console) -> int:
    """Run a command for the labs of these packages, all when there are none; returns the exit code."""
    if command == "watch":
        return watch(names, engine, home, console)
    labs = [declare.load(name) for name in names or declare.names()]
    if command == "export":
        return write_template(labs)
    _wait(labs, engine, console)
    if command == "plan":
        return plan(labs, engine, console)
    with only_one(home, engine.stop):
        for lab in labs if command == "apply" else reversed(labs):
            if command == "apply" and not names and engine.by_hand(lab):
                progress.say(console, f"{lab.name}: left alone, somebody builds it by hand ({lab.by_hand})")
            else:
                (apply if command == "apply" else destroy)(lab, engine, console)
    return 0


def apply(lab: Lab, engine: Engine, console: Console) -> Known:
    """Apply one lab, showing how it goes; returns its outputs."""
    with progress.shown(lab, "applying", console) as report:
        return engine.apply(lab, report)


def destroy(lab: Lab, engine: Engine, console: Console) -> None:
    """Destroy one lab, showing how it goes."""
    with progress.shown(lab, "destroying", console) as report:
        engine.destroy(lab, report)


def plan(labs: Sequence[Lab], engine: Engine, console: Console) -> int:
    """Show what apply would do. 2 when that is something, 0 when it is nothing."""
    changes = 0
    for lab in labs:
        progress.say(console, f"{lab.name}: {lab.about}")
        for step in engine.plan(lab):
            changes += step.action != KEEP
            progress.say(console, "  " + progress.plan_line(step))
    progress.say(console, f"{changes} to create or change" if changes else "nothing to do")
    return 2 if changes else 0


def watch(names: Sequence[str], engine: Engine, home: Path, console: Console) -> int:
    """Keep the labs in being until stopped."""

    def applied(lab: Lab) -> Known:
        with only_one(home, engine.stop):
            return apply(lab, engine, console)

    def say(text: str) -> None:
        if not engine.stop.is_set():
            progress.say(console, text)

    packages = (lambda: list(names)) if names else declare.names
    Watch(packages, engine, applied, say, home / "bootstrap.ready").run(engine.stop)
    return 0


def write_template(labs: Sequence[Lab]) -> int:
    """Write one lab as a SAM template to standard output."""
    if len(labs) != 1:
        raise ConfigError(f"say which lab: --lab {' | --lab '.join(lab.name for lab in labs)}")
    yaml.safe_dump(export.template(labs[0]), sys.stdout, sort_keys=False, allow_unicode=True, width=120)
    return 0


def _wait(labs: Sequence[Lab], engine: Engine, console: Console) -> None:
    quiet = silent(labs, engine.kinds)
    if not quiet:
        return
    progress.say(console, f"waiting for {' and '.join(quiet)}")
    try:
        until(lambda: not silent(labs, engine.kinds), _PATIENCE, what=" and ".join(quiet), stop=engine.stop)
    except Unavailable as error:
        raise Unavailable(f"{error}. Is the stack up? See `make ps`") from error
