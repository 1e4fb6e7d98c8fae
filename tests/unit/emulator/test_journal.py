"""A file that is only appended to, in segments."""

import errno
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.emulator.journal import UNSYNCED, Journal, replace


def lines(journal: Journal) -> list[bytes]:
    return [line for segment in journal.segments() for line in journal.lines(segment)]


def test_what_was_appended_is_read_in_order_by_the_next_process(tmp_path: Path) -> None:
    """Over several segments, and with what that process appends itself."""
    first = Journal(tmp_path, segment_bytes=10)
    for i in range(5):
        first.append(b"line %d\n" % i)
    second = Journal(tmp_path)
    second.append(b"line 5\n")

    assert lines(Journal(tmp_path)) == [b"line %d\n" % i for i in range(6)]
    assert len(first.segments()) > 2


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """The process died while it wrote; nobody had been told of that line."""
    journal = Journal(tmp_path)
    journal.append(b"whole\n")
    with journal.path(1).open("ab") as file:
        file.write(b"hal")
    after = Journal(tmp_path)
    after.append(b"next\n")

    assert lines(after) == [b"whole\n", b"next\n"]


def test_a_write_that_the_disk_takes_half_of_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OSError, so that the caller is refused; the next write stands on a line of its own."""
    journal = Journal(tmp_path)
    journal.append(b"before\n")
    write = os.write

    def half(file: int, data: bytes) -> int:
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="part of a write") as refused:
        journal.append(b"refused\n")
    monkeypatch.undo()
    journal.append(b"after\n")

    assert refused.value.errno == errno.ENOSPC
    assert lines(journal) == [b"before\n", b"after\n"]


def test_a_segment_that_is_left_free_is_read_before_the_current_one(tmp_path: Path) -> None:
    """As a journal that is made new needs it."""
    journal = Journal(tmp_path)
    journal.append(b"old\n")
    base = journal.roll(skip=1) - 1
    journal.append(b"newer\n")
    replace(journal.path(base), b"made new\n")
    journal.forget(1)

    assert lines(Journal(tmp_path)) == [b"made new\n", b"newer\n"]


def test_full_segments_are_synced_too_and_never_many_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync comes once a second, many segments may have become full meanwhile."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    journal, process = Journal(tmp_path, segment_bytes=1), psutil.Process()
    before = process.num_fds()
    for _ in range(3):
        journal.append(b"line\n")
    journal.sync()
    journal.sync()

    assert synced == [journal.path(number).stat().st_ino for number in (1, 2, 3)]
    for _ in range(100):
        journal.append(b"line\n")

    assert process.num_fds() - before <= UNSYNCED + 1
    journal.close()
    assert process.num_fds() == before


def test_a_stream_may_be_deleted_while_the_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is closed once, by one of the two: a number that is closed twice may be another file's by then."""
    journal, closed = Journal(tmp_path / "made", segment_bytes=1), list[int]()
    close = os.close

    def meet(file: int) -> None:
        closed.append(file)
        if len(closed) == 1:
            journal.sync()  # as its thread would in this moment
        close(file)

    for _ in range(3):
        journal.append(b"line\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        patched.setattr(os, "close", meet)
        journal.close()

    assert len(closed) == len(set(closed)) == 3


def test_the_newest_file_may_go_while_the_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was waited for is that journal's, not another file that has got its number meanwhile; nobody fails."""
    journal, other = Journal(tmp_path / "made"), Journal(tmp_path / "other")
    journal.append(b"line\n")
    mine = journal.path(1).stat().st_ino
    synced: list[int] = []
    fsync = os.fsync

    def delete(file: int) -> None:
        journal.remove()
        other.append(b"line\n")
        synced.append(os.fstat(file).st_ino)
        fsync(file)

    monkeypatch.setattr(os, "fsync", delete)
    journal.sync()

    assert synced == [mine]


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    """A folder 0700, a segment 0600."""
    journal = Journal(tmp_path / "made")
    journal.append(b"line\n")

    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    assert journal.path(1).stat().st_mode & 0o777 == 0o600


def test_a_file_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the old content stays."""
    file = tmp_path / "state.json"
    replace(file, b"old")
    replace(file, b"new")

    def refuse(_: Any) -> None:
        raise OSError(errno.EIO, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="refused"):
        replace(file, b"never")

    assert file.read_bytes() == b"new"
