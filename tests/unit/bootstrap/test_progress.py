"""What bootstrap shows."""

from io import StringIO

from rich.console import Console

from bootstrap.engine import CHANGE, CREATE, KEEP, Step
from bootstrap.progress import plan_line, shown
from labs.declare import Lab
from tests.unit.bootstrap.world import bucket, stream

LAB = Lab("x", "about x", (stream("Input"), bucket("Raw")))


def shown_by(console: Console, *steps: Step) -> None:
    """Show these steps of an apply."""
    with shown(LAB, "applying", console) as report:
        for step in steps:
            report(step)


def test_elsewhere_than_on_a_terminal_each_change_is_a_plain_line() -> None:
    """What is kept is only counted; a [name] is text, whatever it holds."""
    text = StringIO()

    shown_by(
        Console(file=text),
        Step(CREATE, stream("Input")),
        Step(CHANGE, bucket("Raw"), ("[b]x",)),
        Step(KEEP, LAB["Raw"]),
    )

    assert text.getvalue().splitlines() == [
        "created  Stream             Input",
        "changed  Bucket             Raw  ([b]x)",
        "x: 1 created, 1 changed, 1 kept",
    ]


def test_a_terminal_sees_a_bar_besides() -> None:
    """And the same lines."""
    text = StringIO()

    shown_by(Console(file=text, force_terminal=True, width=100), Step(CREATE, stream("Input")))

    assert "applying x" in text.getvalue()
    assert "created  Stream             Input" in text.getvalue()


def test_a_line_of_a_plan_says_what_why_and_to_which() -> None:
    """The action, the type, the logical id, the differences."""
    line = plan_line(Step(CHANGE, stream("Input"), ("ShardCount is 1, declared 2", "x")))

    assert line == "change   Stream             Input  (ShardCount is 1, declared 2; x)"
