"""DynamoDB's items on disk, with a DynamoDB of two functions."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.emulator import changes, items
from tests.unit.emulator.tables import mended, next_process, record, table


def loaded(folder: Path) -> Any:
    """What the next process finds in the table."""
    return next_process(folder).dynamodb._tables["t"]["items"]


def halves(folder: Path) -> list[Path]:
    """What is left of journals that were being made new."""
    return list(folder.rglob("*.new"))


def size(folder: Path) -> int:
    """Bytes of journal."""
    return sum(path.stat().st_size for path in folder.glob("*.log"))


def test_items_come_back_as_the_last_write_left_them(tmp_path: Path) -> None:
    """Set, set again, removed; half a surrogate pair, which no fast encoder writes."""
    made = mended(tmp_path)
    t = made.dynamodb._tables["t"]
    made.dynamodb._set_item(t, "p", "1", {"n": {"N": "1"}})
    made.dynamodb._set_item(t, "p", "1", {"n": {"N": "2"}})
    made.dynamodb._set_item(t, "p", "2", {"s": {"S": "\ud800"}})
    made.dynamodb._set_item(t, "q", "3", {})
    made.dynamodb._remove_item(t, "q", "3")
    made.flush()

    assert loaded(tmp_path) == {"p": {"1": {"n": {"N": "2"}}, "2": {"s": {"S": "\ud800"}}}}


def test_a_table_that_was_replaced_as_a_whole_comes_back_so(tmp_path: Path) -> None:
    """A transaction that was undone: what it had written before is void."""
    made = mended(tmp_path)
    t = made.dynamodb._tables["t"]
    made.dynamodb._set_item(t, "p", "1", {"n": {"N": "1"}})
    made.dynamodb._set_item(t, "p", "undone", {})
    t["items"] = {"p": {"1": {"n": {"N": "1"}}}}
    made.dynamodb._items_replaced(t)
    made.flush()

    assert loaded(tmp_path) == {"p": {"1": {"n": {"N": "1"}}}}


async def test_the_records_of_a_tables_stream_come_back_once_and_in_order(tmp_path: Path) -> None:
    """Also when the journal is made new, which lets a record be read twice."""
    made = mended(tmp_path, t=table("t", "l"))
    records = [record("l", f"{i:030d}") for i in range(1, 4)]
    made.dynamodb._emit_stream_event("t", records[0])
    made.dynamodb._emit_stream_event("t", records[1])
    made.flush()
    await made.compact()
    made.dynamodb._emit_stream_event("t", records[2])
    made.flush()
    made.journal.append(changes.line([["", records[1]]]))
    fresh = next_process(tmp_path, t=table("t", "l"))

    assert list(fresh.dynamodb._stream_records["t"]) == records


def test_a_write_that_the_disk_refuses_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller hears of the refusal; the item is in memory and must not be forgotten."""
    made = mended(tmp_path)

    def refuse(_: bytes) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(made.journal, "append", refuse)
        made.dynamodb._set_item(made.dynamodb._tables["t"], "p", "1", {})
        with pytest.raises(OSError, match="full"):
            made.flush()
    made.flush()

    assert loaded(tmp_path) == {"p": {"1": {}}}


async def test_a_journal_made_new_is_small_and_holds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what is written and removed while it is made."""
    monkeypatch.setattr(items, "SMALL", 1000)
    monkeypatch.setattr(changes, "PER_LINE", 1)
    made = mended(tmp_path)
    t = made.dynamodb._tables["t"]
    for i in range(100):
        made.dynamodb._set_item(t, "p", str(i % 3), {"n": {"N": str(i)}})
        made.flush()
    before = size(tmp_path)
    assert made.outgrown()
    write = made.journal.forget

    def meanwhile(segment: int) -> None:
        made.dynamodb._remove_item(t, "p", "0")
        made.dynamodb._set_item(t, "p", "new", {})
        write(segment)

    monkeypatch.setattr(made.journal, "forget", meanwhile)
    await made.compact()
    made.flush()

    assert not made.outgrown()
    assert size(tmp_path) < before / 5
    assert loaded(tmp_path) == {"p": {"1": {"n": {"N": "97"}}, "2": {"n": {"N": "98"}}, "new": {}}}


@pytest.mark.parametrize("error", [OSError("full"), asyncio.CancelledError()])
async def test_a_journal_that_could_not_be_made_new_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A full disk would stay full of it, and a stop in between is no reason to keep it; nothing is lost."""
    made = mended(tmp_path)
    made.dynamodb._set_item(made.dynamodb._tables["t"], "p", "1", {"n": {"N": "1"}})

    def fail(_: Any) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(changes, "lines", fail)
        with pytest.raises(type(error)):
            await made.compact()

    assert not halves(tmp_path)
    assert loaded(tmp_path) == {"p": {"1": {"n": {"N": "1"}}}}


def test_a_journal_whose_making_was_cut_off_by_a_kill_is_removed(tmp_path: Path) -> None:
    """Each would stay for ever, as large as all items are."""
    made = mended(tmp_path)
    made.dynamodb._set_item(made.dynamodb._tables["t"], "p", "1", {})
    made.flush()
    half = made.journal.path(7).with_suffix(".new")
    half.write_bytes(b"[[half a li")

    assert loaded(tmp_path) == {"p": {"1": {}}}
    assert not half.exists()
