"""Following the boxes' log files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from stack import logs

Opened = Callable[[Path], logs.Growing]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Follows a file until the test ends."""
    with ExitStack() as files:
        yield lambda path: files.enter_context(closing(logs.Growing(path)))


def test_tail_gives_the_last_lines(tmp_path: Path) -> None:
    """Fewer when there are fewer, none without a file."""
    path = tmp_path / "worker.log"
    path.write_text("one\ntwo\nthree\n")

    assert logs.tail(path, 2) == ["two", "three"]
    assert logs.tail(path, 9) == ["one", "two", "three"]
    assert logs.tail(tmp_path / "absent.log", 9) == []


def test_what_is_added_is_seen_once_and_whole(tmp_path: Path, opened: Opened) -> None:
    """Half a line waits for its other half."""
    path = tmp_path / "worker.log"
    path.write_text("before\n")
    growing = opened(path)
    with path.open("a") as file:
        file.write("first\nsec")
    seen = list(growing.lines())
    with path.open("a") as file:
        file.write("ond\n")

    assert seen == ["first"]
    assert list(growing.lines()) == ["second"]
    assert list(growing.lines()) == []


def test_a_rotated_file_is_followed_into_the_next(tmp_path: Path, opened: Opened) -> None:
    """The old file's last lines and the new one's first are both seen."""
    path = tmp_path / "worker.log"
    path.write_text("")
    growing = opened(path)
    with path.open("a") as file:
        file.write("last of the old\n")
    path.rename(tmp_path / "worker.log.1")
    path.write_text("first of the new\n")

    assert list(growing.lines()) == ["last of the old", "first of the new"]


def test_a_file_that_comes_later_is_seen(tmp_path: Path, opened: Opened) -> None:
    """A box that has not been started yet has no file."""
    path = tmp_path / "worker.log"
    growing = opened(path)
    path.write_text("hello\n")

    assert list(growing.lines()) == ["hello"]


def test_each_line_says_its_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal without colours, and markup in a line is text."""
    path = tmp_path / "worker.log"
    path.write_text("[red]not markup[/red]\n")
    logs.follow({"worker": path}, 5, None)

    assert capsys.readouterr().out == "worker    | [red]not markup[/red]\n"
