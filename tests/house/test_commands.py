"""Every command of the Makefile explains itself and is in the documents, and the documents name no other."""

import re
import subprocess

from tests.house.repository import ROOT, documents, texts

MAKEFILE = texts()["Makefile"]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))


def test_every_command_says_what_it_does() -> None:
    """`make` prints every target with the comment behind it."""
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert TARGETS
    for target in TARGETS:
        assert re.search(rf"^\s+make {target}\s+\S", printed, re.MULTILINE), target


def test_every_command_is_documented() -> None:
    """README or CONTRIBUTING name every target."""
    told = _named("README.md") | _named("CONTRIBUTING.md")

    assert set() == TARGETS - told


def test_no_document_names_a_command_that_does_not_exist() -> None:
    """What a document tells to type works."""
    wrong = {(path, target) for path in documents() for target in _named(path) - TARGETS}

    assert set() == wrong


def _named(path: str) -> set[str]:
    """What stands as code after "make ": `make up`, or a line of a block that begins so."""
    return set(re.findall(r"(?:`|^ {0,8})make ([a-z][a-z-]*)", documents()[path], re.MULTILINE))
