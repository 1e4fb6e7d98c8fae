"""A Table in memory, with DynamoDB's conditions: what the worker's tests keep state in."""

import copy
from collections.abc import Sequence

from services.worker.polling.leases import Leases
from services.worker.polling.window_store import WindowStore
from services.worker.tables import Conflict, Item, Key


class MemoryTable:
    """Speaks services.worker.tables.Table. offline: an error that every call raises, while set."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.items: dict[tuple[str, ...], Item] = {}
        self.offline: Exception | None = None
        self.writes = 0

    async def get(self, key: Key) -> Item | None:
        self._answer()
        return copy.deepcopy(self.items.get(self._key(key)))

    async def scan(self) -> list[Item]:
        self._answer()
        return copy.deepcopy(list(self.items.values()))

    async def query(self, value: str) -> list[Item]:
        return [item for item in await self.scan() if item[self.keys[0]] == value]

    async def create(self, item: Item) -> None:
        self._answer()
        if self._key(item) in self.items:
            raise Conflict(str(item))
        self.items[self._key(item)] = copy.deepcopy(item)

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        self._answer()
        item = self.items.get(self._key(key))
        if item is None or any(item.get(name) != value for name, value in expect.items()):
            raise Conflict(str(key))
        self.writes += 1
        item.update(copy.deepcopy(changes))
        for name in remove:
            item.pop(name, None)
        return copy.deepcopy(item)

    async def delete(self, key: Key, expect: Item | None = None) -> None:
        self._answer()
        item = self.items.get(self._key(key), {})
        if any(item.get(name) != value for name, value in (expect or {}).items()):
            raise Conflict(str(key))
        self.items.pop(self._key(key), None)

    def _key(self, item: Key) -> tuple[str, ...]:
        return tuple(item[name] for name in self.keys)

    def _answer(self) -> None:
        if self.offline:
            raise self.offline


def leases_of(table: MemoryTable, owner: str) -> Leases:
    """A process's view of the leases in a table; large window states are lost with it."""
    return Leases(table, owner, WindowStore(MemoryTable("state", "part")))
