"""The lines of the journal of DynamoDB's items: what each says, and what it does to a table when it is read again.

A line is a JSON array of changes, all those of one request. A change says what is, not how it came to be, so that it
may be read twice:

    [table id, partition key, sort key, item]    the item is this; null: there is none
    [table id]                                   the table has no items
    ["", record]                                 the stream that it names has this record at its end
    [stream ARN, position, records]              these are its newest records, the first of them at this position
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from services.emulator import json_text
from services.emulator.json_text import dump
from services.emulator.table_records import Records

Change = list[Any]

PER_LINE = 200  # changes in one line of a journal that is made new


def line(changes: list[Change]) -> bytes:
    """Changes as a line."""
    return dump(changes) + b"\n"


def parse(text: bytes) -> list[Change]:
    """The changes of a line."""
    found: list[Change] = json_text.parse(text)
    return found


def apply(change: Change, tables: Mapping[str, dict[Any, Any]], streams: Mapping[str, Records]) -> None:
    """Make a table's items, or the records of its stream, what a change says. tables, streams: those that there are."""
    if len(change) == 2:
        if change[1]["eventSourceARN"] in streams:
            streams[change[1]["eventSourceARN"]].add_again(change[1])
    elif len(change) == 3:
        if change[0] in streams:
            streams[change[0]].resume(*change[1:])
    elif change[0] in tables:
        _set(change, tables[change[0]])


def describe(table: Any) -> Iterator[Change]:
    """The changes that make an empty table this one. Others may change it between two of them."""
    for pk, by_sort_key in list(table["items"].items()):
        for sk, item in list(by_sort_key.items()):
            yield [table["TableId"], pk, sk, item]


def added(record: bytes) -> Change:
    """The change that a stream has a new record."""
    return ["", orjson.Fragment(record)]


def tail(arn: str, position: int, records: Iterable[bytes]) -> Change:
    """The change that makes the end of a stream this."""
    return [arn, position, [*map(orjson.Fragment, records)]]


def _set(change: Change, items: dict[Any, Any]) -> None:
    if len(change) == 1:
        items.clear()
    elif change[3] is not None:
        items.setdefault(change[1], {})[change[2]] = change[3]
    elif change[1] in items:
        items[change[1]].pop(change[2], None)
        if not items[change[1]]:
            del items[change[1]]


def lines(changes: Iterable[Change]) -> Iterator[bytes]:
    """Changes as lines of a modest length."""
    gathered: list[Change] = []
    for change in changes:
        gathered.append(change)
        if len(gathered) == PER_LINE:
            yield line(gathered)
            gathered = []
    if gathered:
        yield line(gathered)
