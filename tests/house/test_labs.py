"""A lab is what would be deployed to AWS: it imports nothing that is not there."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs import declare

GIVEN = {"boto3", "botocore"}  # what Lambda's Python runtimes have besides the standard library
LABS = ["_template", *declare.names()]
WIRING = re.compile(r"lab(_\w+)?\.py")  # lab.py and its parts are read by bootstrap, never deployed


def sources(lab: str) -> Iterator[Path]:
    """The Python files of a lab that would be deployed."""
    return (path for path in (declare.ROOT / lab).rglob("*.py") if not WIRING.fullmatch(path.name))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """How far up the packages, and the first name, of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, (node.module or "").split(".")[0]


def required(lab: str) -> set[str]:
    """What a lab's own requirements.txt names."""
    file = declare.ROOT / lab / "requirements.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return {line.split("==")[0].strip().replace("-", "_") for line in lines if line and not line.startswith(("#", " "))}


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_imports_the_standard_library_boto3_and_itself_alone(lab: str) -> None:
    """Relative imports stay inside the lab's folder; nothing of ours besides, so that real Lambda can run it."""
    allowed = set(sys.stdlib_module_names) | GIVEN | required(lab)
    for path in sources(lab):
        depth = len(path.relative_to(declare.ROOT / lab).parts)
        for level, name in imported(path):
            assert level <= depth, f"{path} imports from outside of its lab"
            assert level or name in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("lab", LABS)
def test_every_declared_handler_is_there(lab: str) -> None:
    """Handler names a function in a module below CodeUri, as Lambda will look for it."""
    for function in declare.load(lab).of(declare.Function):
        module, _, name = function.Handler.rpartition(".")
        assert function.CodeUri == "labs"
        assert callable(getattr(importlib.import_module(f"labs.{module}"), name))


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_all_its_parts(lab: str) -> None:
    """The wiring, the steps, and the document of each API that it declares."""
    documents = [api.Body for api in declare.load(lab).of(declare.RestApi)]

    assert all((declare.ROOT / lab / name).is_file() for name in ("lab.py", "README.md", *documents))


@pytest.mark.parametrize("lab", LABS)
def test_a_labs_name_is_its_folders(lab: str) -> None:
    """In addresses with hyphens, in Python with underscores."""
    loaded = declare.load(lab)

    assert declare.folder(loaded) == declare.ROOT / lab
