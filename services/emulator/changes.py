"""The lines of the journal of DynamoDB's items: what each says, and what it does to a table when it is read again.

A line is a JSON array of changes, all those of one request. A change says what is, not how it came to be, so that it
may be read twice:

    [table id, partition key, sort key, item]    the item is this; null: there is none
    [table id]                                   the table has no items
    [table id, record]                           the table's stream has this record at its end
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

Change = list[Any]

PER_LINE = 200  # changes in one line of a journal that is made new


def line(changes: list[Change]) -> bytes:
    """Changes as a line."""
    try:
        return orjson.dumps(changes, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # half a surrogate pair in a text
        return json.dumps(changes).encode() + b"\n"


def parse(text: bytes) -> list[Change]:
    """The changes of a line."""
    try:
        found: list[Change] = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = json.loads(text)
    return found


def apply(change: Change, items: dict[Any, Any], records: list[Any]) -> None:
    """Make a table's items, and the records of its stream, what a change says."""
    if len(change) == 1:
        items.clear()
    elif len(change) == 2:
        _append(records, change[1])
    elif change[3] is not None:
        items.setdefault(change[1], {})[change[2]] = change[3]
    elif change[1] in items:
        items[change[1]].pop(change[2], None)
        if not items[change[1]]:
            del items[change[1]]


def describe(table: Any, records: Iterable[Any]) -> Iterator[Change]:
    """The changes that make an empty table this one. Others may change it between two of them."""
    for pk, by_sort_key in list(table["items"].items()):
        for sk, item in list(by_sort_key.items()):
            yield [table["TableId"], pk, sk, item]
    for record in list(records):
        yield [table["TableId"], record]


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


def _append(records: list[Any], record: Any) -> None:
    last = records[-1]["dynamodb"]["SequenceNumber"] if records else ""
    if record["dynamodb"]["SequenceNumber"] > last:
        records.append(record)
