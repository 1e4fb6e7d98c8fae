"""The workshop as its README tells it: every command is run, in order, and prints what stands below it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.bootstrap_stack import ROOT, Stack
from tests.contract.document_shell import Shell, Step, lab_shell, steps

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

README = ROOT / "labs/wild_rydes/README.md"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """An emulator, a worker, and the lab as make up leaves it."""
    stack = Stack(tmp_path)
    stack.environ |= {"FOGBANK_IDLE_POLL_INTERVAL_MS": "100", "FOGBANK_WINDOW_IDLE_SECONDS": "1"}
    stack.environ |= {"FOGBANK_STREAM_METRICS_SECONDS": "1"}
    try:
        stack.start("emulator", "worker", "analytics", "query")
        ours = {name: value for name, value in stack.environ.items() if name.startswith(("AWS_", "FOGBANK_"))}
        os.environ.update(ours)
        done = stack.bootstrap("apply", "--lab", "wild-rydes")
        assert done.returncode == 0, done.stderr
        yield stack
    finally:
        stack.close()


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Iterator[Shell]:
    """A shell in a folder where the lab is, with an `aws` and our Python on its PATH."""
    with lab_shell(tmp_path, stack.environ) as shell:
        yield shell


def test_every_command_of_the_readme_prints_what_stands_below_it(shell: Shell) -> None:
    """From an empty account to the ninth module: 20 rows, still 20 and a message of nine, 28 and a message of one."""
    told = list(steps(README.read_text()))

    assert len(told) > 50
    assert {"20", "28", "38", "46"} <= {step.prints.strip() for step in told}
    for step in told:
        shell.follow(step)


def test_every_module_has_its_commands() -> None:
    """Nine headings, and commands below each."""
    sections = re.split(r"^## (\d)\. .*$", README.read_text(), flags=re.MULTILINE)[1:]

    assert sections[::2] == [str(number) for number in range(1, 10)]
    assert all(list(steps(section)) for section in sections[1::2])


def test_a_step_that_prints_something_else_does_not_agree() -> None:
    """What differs may differ only where the document says so."""
    step = Step(1, "x", 'a "…" b\n2\n')

    assert step.agrees('a "anything" b\n2\n')
    assert not step.agrees('a "any\nthing" b\n2')
    assert not step.agrees('a "anything" b\n3')
