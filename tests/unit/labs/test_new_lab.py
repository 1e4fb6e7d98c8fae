"""New labs from the template."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labs.new_lab import ROOT, create


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """As much of a repository as a new lab needs."""
    for folder in ("labs", "tests/unit/labs"):
        ignored = shutil.ignore_patterns("__pycache__", "alien_attack")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


def test_a_new_lab_is_the_template_under_its_own_name(repository: Path) -> None:
    """Nothing of the template's name is left in any file, and the test comes along."""
    files = create("rain-gauge", repository)
    lab = (repository / "labs" / "rain_gauge" / "lab.py").read_text()

    assert repository / "tests/unit/labs/test_rain_gauge.py" in files
    assert not [file for file in files if "template" in file.read_text().lower()]
    assert 'name="rain-gauge"' in lab
    assert '"RainGaugeMessages"' in lab
    assert '"rain_gauge.handlers.count.handler"' in lab


def test_a_new_lab_loads_and_its_handler_is_found(repository: Path) -> None:
    """In a Python of its own, where the copied labs are the only ones."""
    create("rain-gauge", repository)
    check = (
        "from labs import declare; lab = declare.load('rain_gauge'); assert 'rain_gauge' in declare.names();"
        "import importlib; print(importlib.import_module('labs.rain_gauge.handlers.count').handler.__name__, lab.name)"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=repository, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["handler", "rain-gauge"]


@pytest.mark.parametrize("name", ["", "Rain", "rain_gauge", "-rain", "rain-", "../rain", "1rain"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    """With an example of one that can."""
    with pytest.raises(ValueError, match="for example rain-gauge"):
        create(name, tmp_path)


def test_a_lab_is_never_overwritten(repository: Path) -> None:
    """Whoever wants it anew deletes it first."""
    create("rain", repository)

    with pytest.raises(ValueError, match="labs/rain is there already"):
        create("rain", repository)
