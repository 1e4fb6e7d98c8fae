"""A folder's files as objects: which ones, and with which headers."""

from pathlib import Path

import pytest

from cloud.content import ASK_EACH_TIME, FOR_EVER, File, files


def test_hidden_files_links_and_editors_copies_stay_behind(tmp_path: Path) -> None:
    """Keys are paths with slashes, in order."""
    for name in ("b.js", "a/c.html", ".git/config", "a/.DS_Store", "b.js~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "b.js")

    assert sorted(file.key for file in files(tmp_path)) == ["a/c.html", "b.js"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("index.html", ASK_EACH_TIME),
        ("vendor/preact.js", ASK_EACH_TIME),
        ("vendor/3f2a9c1b/preact.js", FOR_EVER),
        ("assets/app.3f2a9c1b77.js", FOR_EVER),
        ("alien-attack/deadbeef.js", ASK_EACH_TIME),
        ("alien-attack/main.js", ASK_EACH_TIME),
        ("data/20261125/x.js", ASK_EACH_TIME),
    ],
)
def test_only_a_hash_in_the_name_is_kept_for_ever(key: str, expected: str) -> None:
    """Eight or more hexadecimal digits, figures and letters, as a part of the name of their own."""
    assert File(key, Path(key), 0, 0.0).cache_control == expected
