"""DynamoDB's items on disk, with a DynamoDB of two functions."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.emulator import changes, items
from services.emulator.items import Items
from services.emulator.journal import Journal


class Store:
    """As MiniStack's stores are, for one account and region."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}

    def all_items(self) -> list[Any]:
        return [(("000000000000", "us-east-1", name), table) for name, table in self.tables.items()]

    def contains_scoped(self, account: str, region: str, name: str) -> bool:
        return name in self.tables

    def get_scoped(self, account: str, region: str, name: str) -> Any:
        return self.tables[name]

    def set_scoped(self, account: str, region: str, name: str, value: Any) -> None:
        self.tables[name] = value

    def get(self, name: str) -> Any:
        return self.tables.get(name)

    def update(self, other: dict[str, Any]) -> None:
        self.tables.update(other)

    __getitem__ = get


def table(name: str) -> Any:
    return {"TableId": name, "items": {}}


def dynamodb() -> Any:
    """A module with the functions that the mend replaces."""
    stores = {"_tables": Store(), "_stream_records": Store(), "_closed_streams": Store()}
    module = SimpleNamespace(__name__="dynamodb", **stores, get_state=None, reset=lambda: None)

    def set_item(of: Any, pk: str, sk: str, item: Any) -> Any:
        before = of["items"].setdefault(pk, {}).get(sk)
        of["items"][pk][sk] = item
        return before

    async def handle(*_: Any) -> Any:
        return 200, {}, b""

    module._set_item = set_item
    module._remove_item = lambda of, pk, sk: of["items"].get(pk, {}).pop(sk, None)
    module._items_replaced = lambda of: None
    module._emit_stream_event = lambda name, record: module._stream_records.tables.setdefault(name, []).append(record)
    module.load_persisted_state = module._tables.tables.update
    module.handle_request = handle
    return module


def mended(folder: Path) -> Items:
    made = Items(dynamodb(), None, Journal(folder), folder / "dynamodb.json")
    made.install()
    made.dynamodb._tables.tables["t"] = table("t")
    return made


def loaded(folder: Path) -> Any:
    """What the next process finds in the table."""
    return next_process(folder)._tables.tables["t"]["items"]


def next_process(folder: Path) -> Any:
    """The module after the process began anew."""
    fresh = mended(folder)
    fresh.load({"t": table("t")})
    return fresh.dynamodb


def size(folder: Path) -> int:
    """Bytes of journal."""
    return sum(path.stat().st_size for path in folder.glob("*.log"))


def test_items_come_back_as_the_last_write_left_them(tmp_path: Path) -> None:
    """Set, set again, removed; half a surrogate pair, which no fast encoder writes."""
    made = mended(tmp_path)
    t = made.dynamodb._tables.tables["t"]
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
    t = made.dynamodb._tables.tables["t"]
    made.dynamodb._set_item(t, "p", "1", {"n": {"N": "1"}})
    made.dynamodb._set_item(t, "p", "undone", {})
    t["items"] = {"p": {"1": {"n": {"N": "1"}}}}
    made.dynamodb._items_replaced(t)
    made.flush()

    assert loaded(tmp_path) == {"p": {"1": {"n": {"N": "1"}}}}


async def test_the_records_of_a_tables_stream_come_back_once_and_in_order(tmp_path: Path) -> None:
    """Also when the journal is made new, which lets a record be read twice."""
    made = mended(tmp_path)
    records = [{"dynamodb": {"SequenceNumber": f"{i:030d}"}} for i in range(1, 4)]
    made.dynamodb._emit_stream_event("t", records[0])
    made.dynamodb._emit_stream_event("t", records[1])
    await made.compact()
    made.dynamodb._emit_stream_event("t", records[2])
    made.flush()
    made.journal.append(changes.line([["t", records[1]]]))

    assert next_process(tmp_path)._stream_records.tables["t"] == records


def test_a_write_that_the_disk_refuses_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller hears of the refusal; the item is in memory and must not be forgotten."""
    made = mended(tmp_path)

    def refuse(_: bytes) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(made.journal, "append", refuse)
        made.dynamodb._set_item(made.dynamodb._tables.tables["t"], "p", "1", {})
        with pytest.raises(OSError, match="full"):
            made.flush()
    made.flush()

    assert loaded(tmp_path) == {"p": {"1": {}}}


async def test_a_journal_made_new_is_small_and_holds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what is written and removed while it is made."""
    monkeypatch.setattr(items, "SMALL", 1000)
    monkeypatch.setattr(changes, "PER_LINE", 1)
    made = mended(tmp_path)
    t = made.dynamodb._tables.tables["t"]
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
