"""A list whose older values are on disk, beside a list that is not."""

import random
import sys
import tracemalloc
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.emulator import journal
from services.emulator.long_list import LongList, sweep

SMALL = 200  # bytes of a segment


class Model:
    """A long list with its owner, and what must be in it: values by their position."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.values: list[Any] = []  # all that ever were
        self.start = 0
        self.list = LongList(folder, SMALL)
        self.saved = self.list.kept()
        self.saved_values = 0

    def append(self) -> None:
        for _ in range(self.random.randrange(12)):
            self.values.append({"n": len(self.values), "text": self.random.choice(["", "ü\n", "\ud800", "x" * 90])})
            self.list.append(self.values[-1])

    def spill(self) -> None:
        self.list.spill()

    def forget(self) -> None:
        self.start = max(self.start, min(self.random.randint(self.start, self.list.end + 2), self.list.end))
        self.list.forget(self.start)

    def save(self) -> None:
        """The owner writes its state."""
        self.saved, self.saved_values = self.list.kept(), len(self.values)

    def kill(self) -> None:
        """What the owner had not written is lost, except where it is in files."""
        self.list = LongList(self.folder, SMALL)
        on_disk = self.list.end
        self.list.take_up(self.saved)
        self.values = self.values[: max(self.saved_values, on_disk)]
        self.start = self.list.start

    def check(self) -> None:
        left = self.values[self.start :]

        assert list(self.list) == left
        assert (self.list.start, self.list.end) == (self.start, len(self.values))
        assert len(self.list) == len(left)
        assert bool(self.list) is bool(left)
        low, high = sorted(self.random.randrange(-2, len(left) + 3) for _ in range(2))
        assert self.list[low:high] == left[low:high]
        if left:
            place = self.random.randrange(-len(left), len(left))
            assert self.list[place] == left[place]
            some = self.random.choice(left)["n"]
            assert bisect_left(self.list, some, key=_n) == bisect_left(left, some, key=_n)


STEPS: list[Callable[[Model], None]] = [
    Model.append, Model.append, Model.append, Model.spill, Model.forget, Model.save, Model.kill
]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_it_holds_what_a_list_would(tmp_path: Path, seed: int) -> None:
    """Appended to, written to disk, forgotten from its beginning, killed and taken up again, in any order."""
    model = Model(tmp_path / "list", seed)
    for _ in range(120):
        model.random.choice(STEPS)(model)
        model.check()


def test_a_file_that_was_written_though_its_owner_knows_nothing_of_it_is_found(tmp_path: Path) -> None:
    """The owner's state is older; what it holds again is not there twice."""
    made = LongList(tmp_path, SMALL)
    made.extend(range(100))
    kept = made.kept()
    made.extend(range(100, 300))
    made.spill()
    fresh = LongList(tmp_path, SMALL)
    fresh.take_up(kept)

    assert made.segments
    assert list(fresh) == list(range(made.segments[-1].end))


def test_a_value_in_memory_takes_what_its_text_takes(tmp_path: Path) -> None:
    """Not what its encoder had needed."""
    made = LongList(tmp_path, SMALL)
    tracemalloc.start()
    try:
        made.extend({"text": "x" * 100} for _ in range(1000))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(made) == 1000
    assert taken < 250_000


def test_memory_holds_the_newest_only(tmp_path: Path) -> None:
    """However many there are; the files hold the others."""
    made = LongList(tmp_path, SMALL)
    for number in range(20):
        made.extend(["x" * 50] * 100)
        made.spill()

        assert sum(map(sys.getsizeof, made.newest()[1])) < 6 * SMALL, number
    assert len(made) == 2000
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 90_000


def test_who_goes_through_it_sees_what_comes_meanwhile_and_not_what_is_forgotten(tmp_path: Path) -> None:
    """Once each and in order, while it is written to disk below the reader."""
    made = LongList(tmp_path, SMALL)
    made.extend(range(100))
    seen = []
    for value in made:
        seen.append(value)
        if value == 50:
            made.extend(range(100, 200))
            made.spill()
            made.forget(120)

    assert all(a < b for a, b in pairwise(seen))
    assert set(range(51)) <= set(seen)
    assert set(range(120, 200)) <= set(seen)


def test_a_disk_that_takes_nothing_costs_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay in memory and are written later."""
    made = LongList(tmp_path, SMALL)
    made.extend(range(400))

    def refuse(*_: Any) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(journal, "replace", refuse)
        with pytest.raises(OSError, match="full"):
            made.spill()
        assert list(made) == list(range(400))
    made.spill()

    assert made.segments
    assert list(made) == list(range(400))


def test_what_is_forgotten_while_it_is_written_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From memory and from the disk: the write goes on in a thread."""
    made = LongList(tmp_path, SMALL)
    made.extend(range(400))
    write = journal.replace

    def forget_first(path: Path, data: bytes) -> None:
        monkeypatch.setattr(journal, "replace", write)
        made.forget(150)
        write(path, data)

    monkeypatch.setattr(journal, "replace", forget_first)
    made.spill()

    assert list(made) == list(range(150, 400))
    assert list(LongList(tmp_path, SMALL)) == list(range(150, made.segments[-1].end))


def test_a_folder_of_nobodys_goes_at_the_second_look(tmp_path: Path) -> None:
    """At the first its owner may just have let go of it, and not have written so yet."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    unknown = sweep(tmp_path, {tmp_path / "a"}, set())

    assert (tmp_path / "b").exists()
    assert sweep(tmp_path, {tmp_path / "a"}, unknown) == set()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def _n(value: Any) -> int:
    number: int = value["n"]
    return number
