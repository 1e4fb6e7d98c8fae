"""The table at the end of a match."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.result import Result

MOST_COMPLAINTS = 20


def show(result: Result, console: Console) -> None:
    """Print the figures of a match, what is wrong with it, and how the delay is measured."""
    table = Table(show_header=False, title=f"{result.session_id}: {result.gamers} gamers, {result.seconds:g} s")
    for name, value in _lines(result):
        table.add_row(name, Text(value))
    console.print(table)
    console.print(
        "Latency counts from when a post was due. Delay: the age at which the board shows this share of the accepted "
        f"posts, seen in {result.delay_looks} looks at all gamers' rows; it includes the look's own time.",
        markup=False,
        highlight=False,
        style="dim",
    )
    _complain(result, console)


def _lines(result: Result) -> list[tuple[str, str]]:
    verdict = result.verdict
    lines = [
        ("posts sent", f"{result.sent}  ({result.posts_per_second:.0f} accepted a second)"),
        ("  accepted", f"{result.accepted}  {_spread(result.latency)}"),
        ("  rejected", str(result.rejected)),
        ("  failed", f"{result.failed}  ({verdict.written_without_answer} of them are in the stream)"),
        ("  not sent in time", str(result.skipped)),
        ("looks at the board", f"{result.reads}  {_spread(result.read_latency)}"),
        ("gamers seated", f"{result.seated} of {result.gamers}"),
        ("records in the stream", f"{result.in_stream}  ({verdict.duplicates} repeated)"),
        ("records handled", str(result.handled)),
        ("lines in the archive", str(result.archived)),
        ("delay from post to board", _spread(result.delay)),
        ("final board correct", "yes" if verdict.board_correct else "NO"),
        ("lost", str(result.lost)),
        (
            "CPU of this program",
            f"{result.cpu_share:.0%} of a core, {result.cpu_per_post:.2f} ms a post, looks included",
        ),
    ]
    answers = ", ".join(f"{what}: {number}" for what, number in sorted(result.codes.items()) if " 200" not in what)
    return [*lines, ("answers other than 200", answers or "none")]


def _spread(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f} ms" for name, value in values.items())


def _complain(result: Result, console: Console) -> None:
    complaints = result.verdict.complaints
    if result.handled < result.in_stream:
        complaints.append(f"{result.in_stream - result.handled} records were not handled in time")
    for line in complaints[:MOST_COMPLAINTS]:
        console.print(line, markup=False, highlight=False, style="red")
    if len(complaints) > MOST_COMPLAINTS:
        console.print(f"... and {len(complaints) - MOST_COMPLAINTS} more", style="red")
