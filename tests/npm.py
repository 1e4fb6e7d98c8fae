"""What tests need of npm, installed from a lock file: pinned, with hashes, without scripts."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest


def installed(folder: Path) -> Path:
    """A copy of a folder's packages: made once per machine and lock file, in the folder for passing things.

    The test is skipped where there is no npm, or where it can install nothing.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node.js with npm on this machine")
    lock = sha256((folder / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"fogbank-{folder.name}-{os.getuid()}-{lock}"
    if not (home / "node_modules").is_dir():
        _install(folder, home)
    return home


def _install(folder: Path, home: Path) -> None:
    """Whole or not at all: other test processes do the same at the same time, and the first to be done is taken."""
    with tempfile.TemporaryDirectory(prefix=f"fogbank-{folder.name}-") as place:
        draft = Path(place, "draft")
        draft.mkdir()
        for name in ("package-lock.json", "package.json"):
            shutil.copy(folder / name, draft)
        command = [
            "npm",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--legacy-peer-deps",
            "--fetch-retries=5",
        ]
        done = subprocess.run(command, cwd=draft, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install {folder.name}: {done.stderr.strip().splitlines()[-1:]}")
        with suppress(OSError):  # another one was faster
            draft.rename(home)
