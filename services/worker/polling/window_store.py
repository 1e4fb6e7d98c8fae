"""How a tumbling window is kept with the position of its shard.

A state of up to 1 MB does not fit into an item of DynamoDB (400 KB). A small one stands in the lease's own row; a large
one is written first, in parts that nobody else knows, and the row names it: so both change in one write.
"""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import asdict, replace

from services.worker.polling.windows import EMPTY, Window
from services.worker.tables import Conflict, Item, Table

_INLINE = 16_000  # characters that a row may hold: all rows are read every other second
_PART = 90_000  # characters, at most 360 KB


class WindowStore:
    """table: of the parts, its keys "state" and "part"."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def pack(self, window: Window) -> Item:
        """What to put into the lease's row; the state's parts are written already, if it has any."""
        if len(window.state) <= _INLINE:
            return asdict(window)
        kept, parts = uuid.uuid4().hex, _parts(window.state)
        await asyncio.gather(*(self._add({**_key(kept, n), "text": text}) for n, text in enumerate(parts)))
        return {**asdict(replace(window, state=EMPTY)), "kept": kept, "parts": len(parts)}

    async def _add(self, part: Item) -> None:
        with suppress(Conflict):  # nobody else knows its key: it was written, and the answer was lost
            await self.table.create(part)

    async def unpack(self, item: Item | None) -> Window | None:
        """The window that a row holds."""
        if item is None:
            return None
        fields = {**item}
        kept, parts = fields.pop("kept", ""), fields.pop("parts", 0)
        window = Window(**fields)
        if not kept:
            return window
        rows = await asyncio.gather(*(self.table.get(_key(kept, n)) for n in range(parts)))
        return replace(window, state="".join(str(row["text"]) if row else "" for row in rows))

    async def drop(self, item: Item | None) -> None:
        """Forget the parts of a row that is not there any more."""
        for number in range((item or {}).get("parts", 0)):
            await self.table.delete(_key((item or {})["kept"], number))


def _parts(text: str) -> list[str]:
    return [text[start : start + _PART] for start in range(0, len(text), _PART)]


def _key(kept: str, number: int) -> dict[str, str]:
    return {"state": kept, "part": f"{number:04d}"}
