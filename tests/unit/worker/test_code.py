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


async def test_a_link_to_nowhere_hides_no_edit(tmp_path: Path) -> None:
    """Emacs keeps a lock beside the file that is being edited, a link whose target is no file, or one to itself."""
    (tmp_path / "lock").symlink_to("ada@laptop.4711:1700000000")
    (tmp_path / "ring").symlink_to("ring")
    seen = {await fingerprint(tmp_path)}
    for number in range(10):
        (tmp_path / f"{number}.py").write_text("1")
        seen.add(await fingerprint(tmp_path))

    assert len(seen) == 11


async def test_links_to_folders_above_end_somewhere(tmp_path: Path) -> None:
    """Each folder is walked once, however many links lead to it; files below a linked folder still count."""
    package, elsewhere = tmp_path / "code" / "pkg", tmp_path / "elsewhere"
    package.mkdir(parents=True)
    elsewhere.mkdir()
    for name in ("one", "two"):
        (package / name).symlink_to(tmp_path / "code")
    (package / "shared").symlink_to(elsewhere)
    before = await fingerprint(tmp_path / "code")

    (elsewhere / "a.py").write_text("1")

    assert await fingerprint(tmp_path / "code") != before


async def test_a_link_that_is_turned_to_another_folder_is_noticed(tmp_path: Path) -> None:
    """Even where both folders are walked for themselves."""
    for name in ("v1", "v2"):
        (tmp_path / name).mkdir()
    link = tmp_path / "work"
    link.symlink_to("v1")
    before = await fingerprint(tmp_path)
    link.unlink()
    link.symlink_to("v2")

    assert await fingerprint(tmp_path) != before
