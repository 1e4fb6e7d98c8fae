"""The workshop's README on the running stack: by hand, since it takes minutes; the suite has it without Docker.

.venv/bin/pytest tests/e2e/wild_rydes_readme.py --target docker
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.settings import ROOT
from tests.contract.document_shell import Shell, aws, steps
from tests.e2e.boxes import Stack

pytestmark = pytest.mark.stack

README = ROOT / "labs/wild_rydes/README.md"


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Iterator[Shell]:
    """A shell where the lab is, with an `aws` and our Python on its PATH; the lab is given back at the end."""
    work = tmp_path / "clone"
    work.mkdir()
    (work / "labs").symlink_to(ROOT / "labs")
    with aws(tmp_path) as tools:
        path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        shell = Shell(work, {**os.environ, **stack.environ, "PATH": path, "WORK": str(work)})
        try:
            assert shell.run("python -m labs.wild_rydes.modules 1")[0] == 0
            yield shell
            assert shell.run("python -m labs.wild_rydes.modules")[0] == 0
        finally:
            shell.close()


def test_every_command_of_the_readme_prints_what_stands_below_it(shell: Shell) -> None:
    """As in tests/contract/test_wild_rydes_readme.py, with all boxes and emulators that the target has."""
    for step in steps(README.read_text()):
        shell.follow(step)
