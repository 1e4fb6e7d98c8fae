"""`make lock`, for maintainers: pyproject.toml's dependencies, pinned and hashed for every system."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stack.errors import StackError
from stack.settings import ROOT

COMPILE = ("pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--python-version", "3.11")


def lock() -> None:
    """Pin what is new; UPGRADE=1 moves everything to its newest version. uv does it, in an environment of its own."""
    upgrade = ("--upgrade",) if os.environ.get("UPGRADE") else ()
    with tempfile.TemporaryDirectory() as folder:
        _run(sys.executable, "-m", "venv", folder)
        _run(f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "uv")
        uv = (f"{folder}/bin/uv", *COMPILE, *upgrade)
        _run(*uv, "pyproject.toml", "--output-file", "requirements.txt")
        _run(*uv, "pyproject.toml", "--group", "dev", "--constraints", "requirements.txt", "-o", "requirements-dev.txt")
    _refuse_addresses(ROOT / "requirements.txt", ROOT / "requirements-dev.txt")


def _run(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise StackError(f"{' '.join(command)} failed")


def _refuse_addresses(*files: Path) -> None:
    for file in files:
        if "://" in file.read_text(encoding="utf-8"):
            raise StackError(f"{file.name} names an address; a lock file names versions and hashes only")
