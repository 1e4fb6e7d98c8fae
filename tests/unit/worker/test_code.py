"""How an edit of a function's code is noticed."""

import threading
from pathlib import Path

import pytest

from services.worker.functions import code
from services.worker.functions.code import CodeFolder


async def fingerprint(folder: Path) -> str:
    """As a reader sees it that has not looked before."""
    return await CodeFolder(folder).fingerprint()


async def test_an_edit_an_addition_and_a_removal_are_noticed(tmp_path: Path) -> None:
    """In any folder below, too."""
    below = tmp_path / "pkg"
    below.mkdir()
    seen = {await fingerprint(tmp_path)}
    (below / "a.py").write_text("1")
    seen.add(await fingerprint(tmp_path))
    (below / "a.py").write_text("22")
    seen.add(await fingerprint(tmp_path))
    (below / "b.py").write_text("")
    seen.add(await fingerprint(tmp_path))

    assert len(seen) == 4


async def test_what_python_leaves_behind_is_no_edit(tmp_path: Path) -> None:
    """Importing a module must not make the next environment necessary."""
    before = await fingerprint(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x")

    assert await fingerprint(tmp_path) == before


async def test_a_look_that_had_to_wait_for_a_busy_machine_does_not_blind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long until the next look goes by what the walk cost, and waiting costs nothing."""
    walk = code._digest

    def late(folder: Path) -> str:
        threading.Event().wait(0.3)
        return walk(folder)

    monkeypatch.setattr(code, "_digest", late)
    folder = CodeFolder(tmp_path)
    before = await folder.fingerprint()
    (tmp_path / "a.py").write_text("1")

    assert await folder.fingerprint() != before
