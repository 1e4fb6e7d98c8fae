"""How bootstrap shows what it does: a bar on a terminal, plain lines elsewhere."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bootstrap.engine import CHANGE, CREATE, DELETE, KEEP, Report, Step
from labs.declare import Lab

_DONE = {CREATE: "created", CHANGE: "changed", KEEP: "kept", DELETE: "deleted"}
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


def plan_line(step: Step) -> str:
    """One line of a plan: what, of which type, which, why."""
    return _line(step.action, step)


@contextmanager
def shown(lab: Lab, doing: str, console: Console) -> Iterator[Report]:
    """A report for the engine: a line for whatever changes, a bar while a terminal watches, a sum at the end."""
    counted: Counter[str] = Counter()
    with Progress(*_COLUMNS, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{doing} {lab.name}", total=len(lab.resources))

        def report(step: Step) -> None:
            counted[step.action] += 1
            progress.advance(task)
            if step.action != KEEP:
                say(console, _line(_DONE[step.action], step))

        yield report
    say(console, f"{lab.name}: {summary(counted)}")


def summary(counted: Counter[str]) -> str:
    """For example "3 created, 31 kept"; "nothing" when nothing was counted."""
    return ", ".join(f"{counted[action]} {done}" for action, done in _DONE.items() if counted[action]) or "nothing"


def say(console: Console, text: str) -> None:
    """One line, as it is: no wrapping, no markup, at once."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _line(action: str, step: Step) -> str:
    notes = f"  ({'; '.join(step.notes)})" if step.notes else ""
    return f"{action:8} {type(step.resource).__name__:18} {step.resource.logical_id}{notes}"
