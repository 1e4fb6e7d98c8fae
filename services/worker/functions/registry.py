"""All functions, kept in a table that replicas share.

A second table keeps what belongs to a function: its versions, its aliases, its event invoke configurations.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cloud.errors import AwsError
from cloud.recent import Recent
from services.worker import validation
from services.worker.functions import checks, configuration, names
from services.worker.functions.aliases import Aliases, pick
from services.worker.functions.function import Function
from services.worker.functions.names import LATEST, FunctionName
from services.worker.functions.store import CodeStore
from services.worker.functions.versions import Versions
from services.worker.tables import Conflict, Item, Table

_FRESH = 1.0  # seconds that an invocation may use what it last read of a function


class Functions:
    """Create, read, update, delete functions. Every method reads the table but find(), which may be a second behind."""

    def __init__(
        self,
        table: Table,
        parts: Table,
        code: CodeStore,
        *,
        region: str,
        account: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.table = table
        self.parts = parts
        self.code = code
        self.region = region
        self.account = account
        self.versions = Versions(parts, code, self.arn)
        self.aliases = Aliases(parts, self.arn)
        self._recent: Recent[FunctionName, Any] = Recent(_FRESH, clock)

    async def create(self, request: Mapping[str, Any]) -> Function:
        """CreateFunction. 409 ResourceConflictException when there is one of that name."""
        validation.check("CreateFunction", request)
        name = names.parse(str(request["FunctionName"])).name
        configuration.check(request)
        if await self.table.get({"FunctionName": name}):
            raise _exists(name)
        code = await self.code.take(request.get("Code") or {})
        function = configuration.created(request, self.arn(FunctionName(name)), code)
        try:
            await self.table.create(_item(function))
        except Conflict as error:
            raise _exists(name) from error
        self.forget(name)
        return await self.versions.publish(function, {}) if request.get("Publish") else function

    async def get(self, name: FunctionName) -> Function:
        """The function, version or aliased version as it is now. 404 ResourceNotFoundException."""
        self.forget(name.name)
        return await self.find(name)

    async def find(self, name: FunctionName) -> Function:
        """The function as it was at most a second ago: for invocations, of which there may be many a second.

        An alias with weights gives one of its versions by chance.
        """
        latest: Function | None = await self._recent.get(FunctionName(name.name), self._load)
        if latest is None:
            raise self._not_found(name)
        if name.qualifier in {None, LATEST}:
            return latest
        version = name.version
        if name.is_alias:
            alias: dict[str, Any] | None = await self._recent.get(name, self.aliases.read)
            if alias is None:
                raise self._not_found(name)
            version = pick(alias, random.random())  # noqa: S311 -- it shares out load
        if version == LATEST:
            return latest
        found: Function | None = await self._recent.get(FunctionName(name.name, version), self.versions.read)
        if found is None:
            raise self._not_found(name)
        return replace(found, tags=latest.tags, reserved=latest.reserved)

    async def all(self) -> list[Function]:
        """All functions, by name."""
        return sorted(map(_function, await self.table.scan()), key=lambda function: function.name)

    async def update_configuration(self, name: FunctionName, request: Mapping[str, Any]) -> Function:
        """UpdateFunctionConfiguration."""
        validation.check("UpdateFunctionConfiguration", {**request, "FunctionName": name.name})
        return await self._replace(name, lambda function: configuration.reconfigured(function, request))

    async def update_code(self, name: FunctionName, request: Mapping[str, Any]) -> Function:
        """UpdateFunctionCode; with DryRun only what it would be, with Publish also a version."""
        validation.check("UpdateFunctionCode", {**request, "FunctionName": name.name})
        configuration.check_revision((await self.get(FunctionName(name.name))).revision, request)
        code = await self.code.take(request)
        if request.get("DryRun"):
            return configuration.recoded(await self.get(name), request, code)
        function = await self._replace(name, lambda function: configuration.recoded(function, request, code))
        return await self.versions.publish(function, {}) if request.get("Publish") else function

    async def reserve(self, name: str, reserved: int | None) -> None:
        """PutFunctionConcurrency and DeleteFunctionConcurrency: None takes it away."""
        await self._note(name, {} if reserved is None else {"Concurrency": reserved}, remove=("Concurrency",))

    async def tag(self, name: str, tags: Mapping[str, str]) -> None:
        """Replace all tags."""
        await self._note(name, {"Tags": dict(tags)})

    async def delete(self, name: FunctionName) -> None:
        """DeleteFunction, or one version of it. Its event source mappings stay, as on AWS."""
        await self.get(name)
        if name.qualifier == LATEST or name.is_alias:
            raise checks.invalid("$LATEST version cannot be deleted without deleting the function.")
        if name.qualifier:
            await self.aliases.refuse_use(name)
            await self.versions.delete(name)
            self.forget(name.name)
            return
        for part in await self.parts.query(name.name):
            if part["Part"] != Versions.COUNTER:  # version numbers are never used again
                await self.parts.delete({"FunctionName": name.name, "Part": part["Part"]})
        await self.table.delete({"FunctionName": name.name})
        self.forget(name.name)

    def arn(self, name: FunctionName) -> str:
        return names.function_arn(self.region, self.account, name)

    def forget(self, name: str) -> None:
        """What was read of a function is out of date."""
        self._recent.forget(*(known for known in self._recent.known() if known.name == name))

    async def _load(self, name: FunctionName) -> Function | None:
        item = await self.table.get({"FunctionName": name.name})
        return _function(item) if item else None

    async def _replace(self, name: FunctionName, change: Callable[[Function], Function]) -> Function:
        old = await self.get(FunctionName(name.name))
        new = change(old)
        item = _item(new)
        try:
            await self.table.update(
                {"FunctionName": item.pop("FunctionName")}, item, expect={"RevisionId": old.revision}
            )
        except Conflict as error:
            raise AwsError(
                "ResourceConflictException",
                f"The operation cannot be performed at this time. An update is in progress for resource: {new.arn}",
                409,
            ) from error
        self.forget(name.name)
        return new

    async def _note(self, name: str, changes: Item, remove: tuple[str, ...] = ()) -> None:
        try:
            gone = tuple(word for word in remove if word not in changes)
            await self.table.update({"FunctionName": name}, changes, {}, gone)
        except Conflict as error:
            raise self._not_found(FunctionName(name)) from error
        self.forget(name)

    def _not_found(self, name: FunctionName) -> AwsError:
        return AwsError("ResourceNotFoundException", f"Function not found: {self.arn(name)}", 404)


def _exists(name: str) -> AwsError:
    return AwsError("ResourceConflictException", f"Function already exist: {name}", 409)


def _item(function: Function) -> Item:
    return {
        "FunctionName": function.name,
        "RevisionId": function.revision,
        "Configuration": function.configuration,
        "Code": function.code,
        "Tags": function.tags,
    }


def _function(item: Item) -> Function:
    return Function(item["Configuration"], item["Code"], item["Tags"], item.get("Concurrency"))
