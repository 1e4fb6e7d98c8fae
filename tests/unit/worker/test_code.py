"""How an edit of a function's code is noticed."""

from pathlib import Path

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
