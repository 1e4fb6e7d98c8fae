"""Events that wait for their invocation, in tables that replicas share.

The first table holds one small item per event; what is too large for that is cut into pieces for the second one,
because DynamoDB's items end at 400 KB and Lambda's events at 1 MB. The item is written last: it is what counts.
"""

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from services.worker.functions.names import FunctionName
from services.worker.tables import Conflict, Item, Table

_INLINE = 2048  # bytes of a payload that the item itself may hold
_PIECE = 350_000  # bytes
_BEAT = "beat/"


@dataclass(frozen=True)
class Event:
    """id: its request id. accepted, due: epoch seconds. failures: attempts that failed; refusals: that never ran.

    owner: the process that has it in hand; empty while it waits.
    """

    id: str
    function: str
    qualifier: str
    accepted: float
    due: float
    owner: str
    failures: int = 0
    refusals: int = 0
    size: int = 0
    inline: bytes = b""

    @property
    def name(self) -> FunctionName:
        return FunctionName(self.function, self.qualifier or None)


class EventStore:
    """heads: keyed by id; pieces: keyed by id and part."""

    def __init__(self, heads: Table, pieces: Table) -> None:
        self.heads = heads
        self.pieces = pieces

    async def add(self, event: Event, payload: bytes) -> Event:
        """Store a new event; when this returns, it will not be lost."""
        if len(payload) <= _INLINE:
            event = _with(event, size=len(payload), inline=payload)
        else:
            event = _with(event, size=len(payload))
            parts = range(0, len(payload), _PIECE)
            await asyncio.gather(
                *(self.pieces.create({**_piece(event, part), "data": payload[part : part + _PIECE]}) for part in parts)
            )
        await self.heads.create(_item(event))
        return event

    async def payload(self, event: Event) -> bytes | None:
        """What the function is to get; None when another process is done with the event, and removed it."""
        if event.size <= _INLINE:
            return event.inline
        parts = range(0, event.size, _PIECE)
        items = await asyncio.gather(*(self.pieces.get(_piece(event, part)) for part in parts))
        data = [item["data"] for item in items if item]
        return b"".join(data) if len(data) == len(items) else None

    async def waiting(self) -> tuple[list[Event], dict[str, int]]:
        """All events, and the heartbeats of their owners."""
        items = await self.heads.scan()
        beats = {item["id"].removeprefix(_BEAT): item["beat"] for item in items if item["id"].startswith(_BEAT)}
        return [_event(item) for item in items if not item["id"].startswith(_BEAT)], beats

    async def change(self, event: Event, **changes: Any) -> Event | None:
        """The event after the change; None when another process has changed it meanwhile."""
        try:
            expect = {"owner": event.owner, "due": event.due}
            return _event(await self.heads.update({"id": event.id}, changes, expect))
        except Conflict:
            return None

    async def remove(self, event: Event) -> None:
        """It is done with."""
        await self.heads.delete({"id": event.id})
        if event.size > _INLINE:
            for part in range(0, event.size, _PIECE):
                await self.pieces.delete(_piece(event, part))

    async def beat(self, owner: str, count: int) -> None:
        """Say that this owner is alive."""
        key = {"id": _BEAT + owner}
        try:
            await self.heads.update(key, {"beat": count}, {})
        except Conflict:
            await self.heads.create({**key, "beat": count})

    async def end(self, owner: str, beat: int | None = None) -> None:
        """The owner has nothing in hand any more. beat: unless its heart has beaten on since."""
        with suppress(Conflict):
            await self.heads.delete({"id": _BEAT + owner}, None if beat is None else {"beat": beat})


def _with(event: Event, **changes: Any) -> Event:
    return Event(**{**asdict(event), **changes})


def _piece(event: Event, part: int) -> dict[str, str]:
    return {"id": event.id, "part": f"{part:08d}"}


def _item(event: Event) -> Item:
    return asdict(event)


def _event(item: Item) -> Event:
    return Event(**item)
