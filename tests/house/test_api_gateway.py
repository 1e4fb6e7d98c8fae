"""docs/api-gateway.md is true: every row of its tables names tests, and they are there."""

import ast
import re

from tests.house.repository import ROOT, documents

ROW = re.compile(r"^\|(?!\s*-)(.+)\|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`")
DOCUMENT = documents()["docs/api-gateway.md"]
SUPPORTED = DOCUMENT.partition("## What is not supported")[0]


def test_every_row_names_a_test_that_is_there() -> None:
    """As a file, or as file::test."""
    rows = [row for row in ROW.findall(SUPPORTED) if not row.strip().startswith("what ")]
    without = [row for row in rows if not NAMED.search(row)]
    absent = [f"{file}::{test}" for file, test in NAMED.findall(SUPPORTED) if not _there(file, test)]

    assert len(rows) > 30
    assert without == []
    assert absent == []


def _there(file: str, test: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    names = {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if hasattr(node, "name")}
    return not test or test in names
