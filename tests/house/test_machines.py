"""The project runs on any machine: it names no folder of somebody's, no package index, and pins what it installs."""

import re
import tomllib

import pytest

from tests.house.repository import ROOT, texts

FOLDERS = re.compile(r"(?<![\w.<>{}$-])/(?:home|Users|root|work|workspace)/[\w.-]")
INDEX = re.compile(
    r"https?://[^\s\"'<>)]*(?:pypi|pythonhosted|npmjs|registry)[^\s\"'<>)]*"
    r"|--(?:extra-)?index-url|--find-l[i]nks|\"resolved\":"
)
LOCK_FILES = ("requirements.txt", "requirements-dev.txt")


def test_no_path_of_a_machine_is_named() -> None:
    """A folder below somebody's home or work place is on one machine only."""
    assert _found(FOLDERS) == {}


def test_no_package_index_is_named() -> None:
    """Where packages come from is the caller's setting."""
    assert _found(INDEX) == {}


@pytest.mark.parametrize("file", LOCK_FILES)
def test_what_is_installed_is_pinned_and_hashed(file: str) -> None:
    """Every line of a lock file is one version with its hashes."""
    requirements = _requirements(texts()[file])

    assert requirements
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


def test_every_dependency_is_locked() -> None:
    """What pyproject.toml asks for is in the lock files, the tests' part only in theirs."""
    project = tomllib.loads(texts()["pyproject.toml"])
    runs, dev = ({_package(line) for line in _requirements(texts()[file])} for file in LOCK_FILES)

    assert set() == {_package(line) for line in project["project"]["dependencies"]} - runs
    assert set() == {_package(line) for line in project["dependency-groups"]["dev"]} - dev
    assert set() == runs - dev


def test_the_licence_is_there() -> None:
    """Apache-2.0, whole."""
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def _found(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    return {path: found for path, text in texts().items() if (found := [m.group(0) for m in pattern.finditer(text)])}


def _requirements(text: str) -> list[str]:
    whole = re.sub(r"\\\n\s*", " ", text)
    return [line for line in whole.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _package(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[._-]+", "-", name.group(0)).lower()
