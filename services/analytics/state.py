"""An application's state, and the right to run it: one row of DynamoDB, so that all of it changes in one write.

Positions, open windows, and lines that are on their way to the sink are packed together. What is too large for the row
stands in parts, written before the row names them.
"""

import asyncio
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from cloud.errors import FogbankError
from cloud.tables import Conflict, Item, Table

STATES, PARTS = "FogbankApplicationStates", "FogbankApplicationParts"
_PART = 350_000  # bytes; DynamoDB's items hold 400 KB


class LeaseLost(FogbankError):
    """Another replica runs the application now."""


@dataclass
class ShardState:
    """after: as cloud.shards.Position has it; newest: the latest event time seen, epoch ms, -1 for none."""

    after: str
    timestamp: float = 0.0
    parents: list[str] = field(default_factory=list)
    ended: bool = False
    newest: int = -1


@dataclass
class Pending:
    """Lines on their way. name: what their partition keys begin with; since: when they set out, epoch seconds."""

    name: str
    since: float
    lines: list[str]


@dataclass
class State:
    """plan: of which text the windows are; created: which stream of that name is read; clock: epoch ms, never back."""

    plan: str = ""
    created: int = 0
    shards: dict[str, ShardState] = field(default_factory=dict)
    clock: int = 0
    windows: list[list[str | None]] = field(default_factory=list)
    pending: Pending | None = None

    def pack(self) -> bytes:
        """As it is stored."""
        return zlib.compress(orjson.dumps(asdict(self)), 1)

    @classmethod
    def unpack(cls, packed: bytes) -> "State":
        """The way back; nothing packed is a new state."""
        if not packed:
            return cls()
        data = orjson.loads(zlib.decompress(packed))
        shards = {name: ShardState(**one) for name, one in data.pop("shards").items()}
        pending = data.pop("pending")
        return cls(**data, shards=shards, pending=Pending(**pending) if pending else None)


class States:
    """All rows, as one replica sees them. owner: this process."""

    def __init__(self, rows: Table, parts: Table, owner: str) -> None:
        self.rows = rows
        self.parts = parts
        self.owner = owner

    async def row(self, application: str) -> Item | None:
        """owner, counter and what is stored; None when the application never ran."""
        return await self.rows.get({"application": application})

    async def take(self, application: str, row: Item | None) -> "Held | None":
        """Become the owner of a row as it was read; None when somebody was faster."""
        key = {"application": application}
        try:
            if row is None:
                row = {**key, "owner": self.owner, "counter": 0, "state": b"", "kept": "", "parts": 0}
                await self.rows.create(row)
            else:
                seen = {"owner": row["owner"], "counter": row["counter"]}
                row = await self.rows.update(key, {"owner": self.owner, "counter": row["counter"] + 1}, seen)
        except Conflict:
            return None
        return Held(self, row)

    async def drop(self, application: str) -> None:
        """Forget an application's state."""
        if row := await self.row(application):
            await self.rows.delete({"application": application})
            await self._drop_parts(row)

    async def _drop_parts(self, row: Item) -> None:
        for number in range(row["parts"]):
            await self.parts.delete(_key(row["kept"], number))


class Held:
    """A row that this process owns, until another one takes it."""

    def __init__(self, states: States, row: Item) -> None:
        self.states = states
        self.row = row

    async def load(self) -> State:
        """What is stored."""
        if not self.row["kept"]:
            return State.unpack(self.row["state"])
        keys = [_key(self.row["kept"], number) for number in range(self.row["parts"])]
        parts = await asyncio.gather(*map(self.states.parts.get, keys))
        return State.unpack(b"".join(part["data"] for part in parts if part))

    async def save(self, state: State) -> None:
        """Store all of it, or nothing. Raises LeaseLost."""
        packed = await asyncio.to_thread(state.pack)
        changes: Item = {"state": packed, "kept": "", "parts": 0}
        if len(packed) > _PART:
            pieces = [packed[start : start + _PART] for start in range(0, len(packed), _PART)]
            changes = {"state": b"", "kept": uuid4().hex, "parts": len(pieces)}
            rows = [{**_key(changes["kept"], number), "data": piece} for number, piece in enumerate(pieces)]
            await asyncio.gather(*map(self.states.parts.create, rows))
        before = self.row
        try:
            await self._write(changes)
        except LeaseLost:
            await self._take_back(changes)
            raise
        await self.states._drop_parts(before)

    async def _take_back(self, changes: Item) -> None:
        """Remove parts that no row names. One does if the write was done and only its answer was lost."""
        row = await self.states.row(self.row["application"])
        if row is None or row["kept"] != changes["kept"]:
            await self.states._drop_parts(changes)

    async def release(self) -> None:
        """Leave it to anybody."""
        await self._write({"owner": ""})

    async def _write(self, changes: dict[str, Any]) -> None:
        key = {"application": self.row["application"]}
        seen = {"owner": self.row["owner"], "counter": self.row["counter"]}
        try:
            self.row = await self.states.rows.update(key, {**changes, "counter": self.row["counter"] + 1}, seen)
        except Conflict as error:
            raise LeaseLost(key["application"]) from error


def _key(kept: str, number: int) -> dict[str, str]:
    return {"state": kept, "part": f"{number:04d}"}
