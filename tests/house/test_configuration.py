"""docs/configuration.md names every FOGBANK_ variable that the code knows, and no other."""

import ast
import re

from stack.settings import Ports
from tests.house.repository import PYTHON_FOLDERS, modules, texts

VARIABLE = re.compile(r"FOGBANK_[A-Z0-9_]*[A-Z0-9]\b(?!_)")
DOCUMENT = texts()["docs/configuration.md"]


def test_every_variable_is_documented() -> None:
    """A variable that is read somewhere has a line in the document."""
    assert set() == _known() - set(VARIABLE.findall(DOCUMENT))


def test_no_variable_is_documented_that_nobody_reads() -> None:
    """A line of the document is about a variable that is read."""
    assert set() == set(VARIABLE.findall(DOCUMENT)) - _known()


def test_every_variable_has_one_line() -> None:
    """The tables name each variable once, in their first column."""
    named = re.findall(r"^\| `([A-Z_]+(?:<USER>)?)` \|", DOCUMENT, re.MULTILINE)

    assert sorted(set(named)) == sorted(named)
    assert {f"FOGBANK_{name.upper()}_PORT" for name in Ports.__dataclass_fields__} <= set(named)


def _known() -> set[str]:
    folders = [folder for folder in PYTHON_FOLDERS if folder != "tests"]
    found = {Ports.variable(name) for name in Ports.__dataclass_fields__}
    for tree in modules(*folders).values():
        prose = _docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                found |= set(VARIABLE.findall(node.value))
    for file in ("docker-compose.yml", "Dockerfile"):
        found |= set(VARIABLE.findall(texts()[file]))
    return found


def _docstrings(tree: ast.Module) -> set[int]:
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(node.value) for node in statements if isinstance(node.value, ast.Constant)}
