"""The workshop's README on the running stack: by hand, since it takes minutes; the suite has it without Docker.

.venv/bin/pytest tests/e2e/wild_rydes_readme.py --target docker
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.settings import ROOT
from tests.contract.document_shell import Shell, lab_shell, steps
from tests.e2e.boxes import Stack

pytestmark = pytest.mark.stack

README = ROOT / "labs/wild_rydes/README.md"


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Iterator[Shell]:
    """A shell where the lab is, with an `aws` and our Python on its PATH; the lab is given back at the end."""
    with lab_shell(tmp_path, {**os.environ, **stack.environ}) as shell:
        yield shell
        assert shell.run("python -m labs.wild_rydes.modules")[0] == 0


def test_every_command_of_the_readme_prints_what_stands_below_it(shell: Shell) -> None:
    """As in tests/contract/test_wild_rydes_readme.py, with all boxes and emulators that the target has."""
    for step in steps(README.read_text()):
        shell.follow(step)
