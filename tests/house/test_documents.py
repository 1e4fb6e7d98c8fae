"""The documents are true: what they link to and name exists, and the table of services is the one that is used."""

import re

import pytest

from stack import targets
from tests.house.repository import ROOT, documents, texts

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
MADE = {".fogbank", ".venv"}  # by the front door, when it is first used
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in MADE)


@pytest.mark.parametrize("document", sorted(documents()))
def test_links_lead_somewhere(document: str) -> None:
    """A link to a file of the repository finds it."""
    folder = (ROOT / document).parent
    links = [link.split("#")[0] for link in LINK.findall(documents()[document]) if "://" not in link]

    assert [link for link in links if link and not (folder / link).exists()] == []


@pytest.mark.parametrize("document", sorted(documents()))
def test_paths_that_a_document_names_exist(document: str) -> None:
    """What is written as code and begins with a folder of the repository is there."""
    named = [text for text in CODE.findall(documents()[document]) if _is_path(text)]

    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


def test_the_readme_shows_who_answers() -> None:
    """The table between the marks is what stack/targets.py renders."""
    shown = re.search(r"<!-- targets: .*? -->\n(.*?)<!-- /targets -->", documents()["README.md"], re.DOTALL)

    assert shown is not None
    assert targets.markdown().strip() == shown.group(1).strip()


def test_the_readme_names_the_pinned_emulators() -> None:
    """LocalStack's tag in the README is the one that is started, and MiniStack's pin is the one that is mended."""
    tag = re.search(r"localstack/localstack:[\w.]+", documents()["README.md"])

    assert tag is not None
    assert any(tag.group(0) in text for path, text in texts().items() if path.startswith("stack/"))


def test_the_readme_says_what_is_skipped() -> None:
    """A test can be skipped for want of Docker or Chromium; the README says so."""
    readme = documents()["README.md"]

    assert all(word in readme for word in ("Docker", "Chromium", "CI=true"))


def test_every_decision_is_listed() -> None:
    """docs/decisions/README.md links to each decision."""
    decisions = {path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md")}

    assert decisions == set(LINK.findall(documents()["docs/decisions/README.md"]))


def _is_path(text: str) -> bool:
    first, slash, rest = text.partition("/")
    return bool(slash) and first in FOLDERS and not re.search(r"[\s<>={}$:]|\.\.\.", rest)
