"""The lock: one apply at a time."""

from pathlib import Path
from threading import Event, Thread

import pytest

from bootstrap.lock import only_one
from cloud.errors import Unavailable


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    """And goes on as soon as the first has finished."""
    order: list[str] = []

    def second() -> None:
        with only_one(tmp_path / "home", Event()):
            order.append("second")

    with only_one(tmp_path / "home", Event()):
        thread = Thread(target=second)
        thread.start()
        order.append("first")
    thread.join(10)

    assert order == ["first", "second"]


def test_who_is_told_to_stop_does_not_wait(tmp_path: Path) -> None:
    """Unavailable, at once."""
    stop = Event()
    stop.set()

    with only_one(tmp_path, Event()), pytest.raises(Unavailable, match="another bootstrap"), only_one(tmp_path, stop):
        pass
