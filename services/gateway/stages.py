"""Stage variables: what a lab declares, and what UpdateStage made of it since.

Kept in DynamoDB, so that all replicas see a change and a restart forgets none; one attribute per variable, so that two
updates of different variables cannot undo each other. An emulator that came back empty is back at the declaration.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cloud.errors import AwsError
from services.gateway.store import Ask, Store

TABLE = "FogbankStages"
_PREFIX = "var."
_NAME = re.compile(r"\w{1,64}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]{0,512}")

Name = tuple[str, str]
"""API and stage."""


class Stages:
    """The variables of every stage, as this replica knows them. declared: what the labs start with."""

    def __init__(self, ask: Ask) -> None:
        self._store = Store(ask, TABLE, "Stage")
        self._declared: dict[Name, Mapping[str, str]] = {}
        self._changed: dict[Name, dict[str, str | None]] = {}
        self._current: dict[Name, dict[str, str]] = {}
        self._writes = 0

    def declare(self, name: Name, variables: Mapping[str, str]) -> None:
        """Make a stage known with the variables that its lab declares."""
        self._declared[name] = variables
        self._merge(name)

    def knows(self, name: Name) -> bool:
        """Whether there is such a stage."""
        return name in self._declared

    def variables(self, name: Name) -> Mapping[str, str]:
        """The stage's variables now."""
        return self._current[name]

    async def update(self, name: Name, changes: Mapping[str, str | None]) -> None:
        """Store changes (None: removed) and apply them here at once. Raises AwsError when they cannot be stored."""
        if not changes:
            return
        self._writes += 1
        await self._write(name, changes)
        # Counted again: a read that started before the write must not bring the old values back.
        self._writes += 1
        self._changed.setdefault(name, {}).update(changes)
        self._merge(name)

    async def refresh(self) -> None:
        """Take over what other replicas stored. Raises what Ask raises."""
        for name in list(self._declared):
            writes = self._writes
            stored = await self._read(name)
            if writes == self._writes and stored != self._changed.get(name):
                self._changed[name] = stored
                self._merge(name)

    def _merge(self, name: Name) -> None:
        values = {**self._declared[name], **self._changed.get(name, {})}
        self._current[name] = {key: value for key, value in values.items() if value is not None}

    async def _read(self, name: Name) -> dict[str, str | None]:
        item = await self._store.get(_key(name)) or {}
        return {key.removeprefix(_PREFIX): value.get("S") for key, value in item.items() if key.startswith(_PREFIX)}

    async def _write(self, name: Name, changes: Mapping[str, str | None]) -> None:
        names = {f"#{i}": f"{_PREFIX}{key}" for i, key in enumerate(changes)}
        values = {f":{i}": {"NULL": True} if v is None else {"S": v} for i, v in enumerate(changes.values())}
        assignments = ", ".join(f"#{i} = :{i}" for i in range(len(changes)))
        await self._store.update(_key(name), f"SET {assignments}", values, ExpressionAttributeNames=names)


def read_patch(operations: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """UpdateStage's patchOperations as changes of variables. Raises AwsError (BadRequestException)."""
    changes: dict[str, str | None] = {}
    for operation in operations:
        kind, path = operation.get("op"), str(operation.get("path", ""))
        root, _, name = path.removeprefix("/").partition("/")
        if root != "variables" or not _NAME.fullmatch(name):
            raise BadPatch(f"Invalid patch path {path}")
        if kind == "remove":
            changes[name] = None
        elif kind in {"replace", "add"}:
            changes[name] = _checked(operation.get("value"))
        else:
            raise BadPatch(f"Invalid patch operation specified. Must be one of: [add, remove, replace], not {kind}")
    return changes


class BadPatch(AwsError):
    """UpdateStage was asked for something that it cannot do."""

    def __init__(self, message: str) -> None:
        super().__init__("BadRequestException", message, 400)


class Unknown(AwsError):
    """There is no such API or stage."""

    def __init__(self, message: str = "Invalid stage identifier specified") -> None:
        super().__init__("NotFoundException", message, 404)


def _checked(value: Any) -> str:
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise BadPatch(
            f"Stage variable value {value!r} is invalid: up to 512 letters, digits and the characters -._~:/?#&=,"
        )
    return value


def _key(name: Name) -> str:
    return "/".join(name)
