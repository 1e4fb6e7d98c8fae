"""`python -m chaos`: play the runs of some seeds; 1 when anything was lost or wrong, with what replays it."""

import argparse
import signal
import sys
from dataclasses import fields

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from chaos.plan import BOXES
from chaos.run import Account, Options, runs
from stack.settings import EMULATORS

MOST_COMPLAINTS = 10
_ENDING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Play what the command line says."""
    chosen, console = _options(), Console(width=None if sys.stdout.isatty() else 140)
    options = Options(**{field.name: getattr(chosen, field.name) for field in fields(Options)})
    seeds = [chosen.seed] if chosen.seed is not None else chosen.seeds
    accounts = []
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(seeds))
        for account in runs(seeds, options, lambda what: console.print(Text(f"  {what}"))):
            accounts.append(account)
            _tell(account, options, console)
            progress.advance(bar)
    console.print(_table(accounts))
    return 0 if all(account.right for account in accounts) else 1


def _tell(account: Account, options: Options, console: Console) -> None:
    console.print(Text(f"{account.plan}\n  {'right' if account.right else 'WRONG'}"))
    for line in account.complaints[:MOST_COMPLAINTS]:
        console.print(Text(f"  {line}", style="red"))
    if not account.right:
        more = " ".join(_changed(options))
        console.print(Text(f'  replay it: make chaos ARGS="--seed {account.plan.seed}{" " if more else ""}{more}"'))


def _changed(options: Options) -> list[str]:
    """The options that a replay needs too: those that are not the usual ones and that change the plan."""
    usual = Options()
    names = [field.name for field in fields(Options) if field.name != "port"]
    return [f"--{name} {getattr(options, name)}" for name in names if getattr(options, name) != getattr(usual, name)]


def _table(accounts: list[Account]) -> Table:
    table = Table("seed", "faults", title="fault runs", title_justify="left")
    for heading in ("accepted", "failed", "lost", "repeated", "calls met", "healthy after", ""):
        table.add_column(heading, justify="right")
    for one in accounts:
        kinds = ", ".join(f"{strike.kind} {strike.box}".strip() for strike in one.plan.strikes)
        kinds += ", state lost" if one.plan.wiped else ""
        numbers = (one.accepted, one.failed, one.lost, one.repeated, one.met)
        verdict = Text("right", style="green") if one.right else Text("WRONG", style="red")
        table.add_row(str(one.plan.seed), kinds, *map(str, numbers), f"{one.back:.1f} s", verdict)
    return table


def _range(text: str) -> range:
    """ "5" is 1 to 5, "6-20" those."""
    first, _, last = text.rpartition("-")
    return range(int(first or 1), int(last) + 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Faults on purpose, and exact accounting.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seeds", type=_range, default=_range("5"), metavar="N", help="play seeds 1 to N (5), or 6-20")
    which.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("--target", choices=tuple(BOXES), default=Options.target, help="where the boxes run (local)")
    parser.add_argument("--emulator", choices=EMULATORS, default="", help="in Docker: as EMULATOR of make up (both)")
    for field in fields(Options):
        if field.name not in {"target", "emulator"}:
            parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default, metavar="N")
    return parser.parse_args()


def end_on_signals() -> None:
    """SIGTERM and Ctrl-C go through every `finally`, so that what was started is stopped, asked once or twice."""
    for number in _ENDING:
        signal.signal(number, _asked_to_end)


def _asked_to_end(number: int, _frame: object) -> None:
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)  # also for the front door's processes, which stop the stack now
    sys.exit(128 + number)


if __name__ == "__main__":
    end_on_signals()
    sys.exit(main())
