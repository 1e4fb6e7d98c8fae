"""Published versions of functions: what a function was, kept for good.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from services.worker.functions import checks, configuration
from services.worker.functions.function import Function
from services.worker.functions.names import FunctionName
from services.worker.functions.store import CodeStore, Stored
from services.worker.tables import Conflict, Item, Table

_PREFIX = "version:"
# What changes although nothing was changed, or belongs to a version alone.
_VOLATILE = frozenset({"FunctionArn", "Version", "LastModified", "RevisionId", "CodeSha256", "CodeSize"})


class Versions:
    """table: keyed by FunctionName and Part; arn: gives a name's ARN."""

    COUNTER = "versions"
    """The part that holds the last number; it outlives its function."""

    def __init__(self, table: Table, code: CodeStore, arn: Callable[[FunctionName], str]) -> None:
        self.table = table
        self.code = code
        self.arn = arn

    async def publish(self, latest: Function, request: Mapping[str, Any]) -> Function:
        """PublishVersion: the newest version if nothing changed since, else another one."""
        configuration.check_revision(latest.revision, request)
        sha256 = latest.configuration["CodeSha256"]
        if request.get("CodeSha256") not in {None, "", sha256}:
            raise checks.invalid(
                f"CodeSHA256 ({request['CodeSha256']}) is different from current CodeSHA256 in $LATEST ({sha256}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        frozen = await self.code.freeze(latest.code)
        digest = _digest(latest, frozen)
        parts = await self._parts(latest.name)
        if parts and parts[-1]["Digest"] == digest:
            return _function(parts[-1])
        name = FunctionName(latest.name, str(await self._next(latest.name)))
        version = configuration.versioned(latest, name.version, self.arn(name), request.get("Description"), frozen)
        await self.table.create(
            {
                "FunctionName": name.name,
                "Part": _PREFIX + name.version,
                "Configuration": version.configuration,
                "Code": version.code,
                "Digest": digest,
            }
        )
        return version

    async def read(self, name: FunctionName) -> Function | None:
        """The version, or None."""
        item = await self.table.get({"FunctionName": name.name, "Part": _PREFIX + name.version})
        return _function(item) if item else None

    async def all(self, name: str) -> list[Function]:
        """All versions of a function but $LATEST, the oldest first."""
        return [_function(part) for part in await self._parts(name)]

    async def delete(self, name: FunctionName) -> None:
        await self.table.delete({"FunctionName": name.name, "Part": _PREFIX + name.version})

    async def _parts(self, name: str) -> list[Item]:
        parts = [part for part in await self.table.query(name) if part["Part"].startswith(_PREFIX)]
        return sorted(parts, key=lambda part: int(part["Part"].removeprefix(_PREFIX)))

    async def _next(self, name: str) -> int:
        key = {"FunctionName": name, "Part": self.COUNTER}
        while True:
            item = await self.table.get(key)
            try:
                if item is None:
                    await self.table.create({**key, "Last": 1})
                    return 1
                return int((await self.table.update(key, {"Last": item["Last"] + 1}, {"Last": item["Last"]}))["Last"])
            except Conflict:  # somebody published in the same moment
                continue


def _digest(latest: Function, frozen: Stored | None) -> str:
    kept = {name: value for name, value in latest.configuration.items() if name not in _VOLATILE}
    sha256 = frozen.sha256 if frozen else latest.configuration["CodeSha256"]
    return hashlib.sha256(orjson.dumps([kept, sha256], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _function(part: Item) -> Function:
    return Function(part["Configuration"], part["Code"])
