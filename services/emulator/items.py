"""DynamoDB's items on disk: every change is in a journal before its caller hears of success.

All writes of MiniStack's DynamoDB end in two functions, one that sets an item and one that removes it. Here both also
note what became of the item; at the end of the request the notes are written as one line, so a transaction is kept
whole or not at all. So are the records of a table's stream; the older of them move to files of their own
(table_streams). dynamodb.json holds what is neither (tables, tags, times to live), written on every change of it.

The journal is made new from the items, a little at a time, when it has grown to several times their size: what is
changed meanwhile stands behind it in the next segment, and a change may be read twice (changes).
"""

import asyncio
import os
import threading
from pathlib import Path
from typing import IO, Any

from services.emulator import changes, state
from services.emulator.changes import Change
from services.emulator.journal import Journal, replace
from services.emulator.patch import put
from services.emulator.table_streams import TableStreams

SMALL = 4 * 1024 * 1024  # bytes of journal that are not worth making new
GROWTH = 3  # times the size of the items
_HALF = ".new"  # a journal that is being made new

_DATA = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteTransaction")
_QUIET = (*_DATA, "ExecuteStatement", "BatchExecute", "BatchGet", "Get", "Query", "Scan", "Describe", "List", "Search")
_TRANSACT_GET = "TransactGetItems"


class Items:
    """The mend. dynamodb, persistence: MiniStack's modules; file: dynamodb.json; streams: the tables' streams."""

    def __init__(self, dynamodb: Any, persistence: Any, journal: Journal, file: Path, streams: TableStreams) -> None:
        self.dynamodb = dynamodb
        self.persistence = persistence
        self.streams = streams
        streams.added = self.note_record
        self.journal = journal
        self.file = file
        self._pending: list[Change] = []
        self._lock = threading.Lock()  # MiniStack removes items past their time to live in a thread of its own
        self._grown = 0
        self._compact_size = 0

    def install(self) -> None:
        """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
        self.streams.install()
        self._set = put(self.dynamodb, "_set_item", self.set_item)
        self._remove = put(self.dynamodb, "_remove_item", self.remove_item)
        self._replaced = put(self.dynamodb, "_items_replaced", self.items_replaced)
        self._emit = put(self.dynamodb, "_emit_stream_event", self.emit)
        self._state = put(self.dynamodb, "get_state", self.state)
        self._restore = put(self.dynamodb, "load_persisted_state", self.load)
        self._reset = put(self.dynamodb, "reset", self.reset)
        self._handle = put(self.dynamodb, "handle_request", self.handle)

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        """Any request to DynamoDB, as MiniStack's dispatcher hands it over."""
        reply = await self._handle(method, path, headers, body, query)
        self.flush()
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if reply[0] < 300 and action != _TRANSACT_GET and not action.startswith(_QUIET):
            self.save()
        return reply

    def set_item(self, table: Any, pk: Any, sk: Any, item: Any) -> Any:
        """In the place of MiniStack's function of that purpose."""
        with self._lock:
            before = self._set(table, pk, sk, item)
            self._pending.append([table["TableId"], pk, sk, item])
        return before

    def remove_item(self, table: Any, pk: Any, sk: Any) -> Any:
        """In the place of MiniStack's function of that purpose."""
        with self._lock:
            before = self._remove(table, pk, sk)
            if before is not None:
                self._pending.append([table["TableId"], pk, sk, None])
        return before

    def items_replaced(self, table: Any) -> None:
        """MiniStack calls this when it put all of a table's items in place at once: a restore, a transaction undone."""
        with self._lock:
            self._replaced(table)
            self._pending.append([table["TableId"]])
            self._pending.extend(changes.describe(table))

    def emit(self, name: str, *event: Any, **options: Any) -> None:
        """MiniStack calls this for every change of an item; it may add a record to the table's stream."""
        self.streams.ready(name)
        self._emit(name, *event, **options)

    def note_record(self, text: bytes) -> None:
        """A table's stream has a new record."""
        with self._lock:
            self._pending.append(changes.added(text))

    def flush(self) -> None:
        """Write down what has changed. Raises OSError when the disk does not take it; it is tried again later."""
        if not self._pending:
            return
        with self._lock:
            text = changes.line(self._pending)
            self.journal.append(text)
            self._grown += len(text)
            self._pending.clear()

    def save(self) -> None:
        """Write dynamodb.json."""
        text = state.encode(self.persistence, "dynamodb", self.state)
        if text is not None:
            replace(self.file, text)

    def state(self) -> dict[str, Any]:
        """What dynamodb.json holds: all but the items and what MiniStack derives from them."""
        tables = self.dynamodb._tables
        bare = type(tables)()
        for (account, region, name), table in tables.all_items():
            bare.set_scoped(account, region, name, {**table, "items": {}})
        kept: dict[str, Any] = state.collect(self._state, {"_tables": bare})
        return {**kept, "closed_streams": self.streams.state()}

    def load(self, payload: dict[str, Any]) -> None:
        """Take up dynamodb.json and the journal beside it."""
        self._restore(payload)
        self.dynamodb._closed_streams.update(payload.get("closed_streams", {}))
        tables = {table["TableId"]: table["items"] for table in self._tables()}
        streams = self.streams.load()
        for half in self.journal.folder.glob("*" + _HALF):  # its process was killed
            half.unlink()
        for segment in self.journal.segments():
            for text in self.journal.lines(segment):
                self._grown += len(text)
                for change in changes.parse(text):
                    changes.apply(change, tables, streams)
        for table in self._tables():
            self._replaced(table)
        self.streams.loaded()

    def reset(self) -> None:
        """Forget all, on disk too."""
        self._reset()
        with self._lock:
            self._pending.clear()
            for segment in [*self.journal.segments()]:
                self.journal.forget(segment)
            self.journal.close()
            self.streams.clear()

    def outgrown(self) -> bool:
        """Whether the journal should be made new."""
        return self._grown > max(SMALL, GROWTH * self._compact_size)

    async def compact(self) -> None:
        """Make the journal new from the items; others are served meanwhile."""
        self.flush()
        base = self.journal.roll(skip=1) - 1
        tails = [changes.tail(*tail) for tail in self.streams.tails()]
        self._grown = 0
        fresh = self.journal.path(base).with_suffix(_HALF)
        try:
            await self._write(fresh, tails)
        except BaseException:  # or a full disk would stay full of it
            fresh.unlink(missing_ok=True)
            raise
        await asyncio.to_thread(fresh.replace, self.journal.path(base))
        for segment in self.journal.segments():
            if segment < base:
                self.journal.forget(segment)

    async def _write(self, fresh: Path, tails: list[Change]) -> None:
        file = await asyncio.to_thread(fresh.open, "wb")
        try:
            for part in (*map(changes.describe, self._tables()), tails):
                for line in changes.lines(part):
                    await asyncio.to_thread(file.write, line)  # waiting requests get their turn
            self._compact_size = file.tell()
        finally:
            await asyncio.to_thread(_settle, file)

    def _tables(self) -> list[Any]:
        return [table for _, table in self.dynamodb._tables.all_items()]


def _settle(file: IO[bytes]) -> None:
    with file:
        file.flush()
        os.fsync(file.fileno())
