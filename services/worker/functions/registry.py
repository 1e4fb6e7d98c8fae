"""All functions, kept in a table that replicas share."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions import configuration, names
from services.worker.functions.configuration import Function
from services.worker.functions.names import LATEST, FunctionName
from services.worker.tables import Conflict, Item, Table

_FRESH = 1.0  # seconds that an invocation may use what it last read of a function


class Functions:
    """Create, read, update, delete functions. Every method reads the table but find(), which may be a second behind."""

    def __init__(self, table: Table, region: str, account: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.table = table
        self.region = region
        self.account = account
        self.clock = clock
        self._read: dict[str, tuple[float, Function]] = {}

    async def create(self, request: Mapping[str, Any]) -> Function:
        """CreateFunction. 409 ResourceConflictException when there is one of that name."""
        validation.check("CreateFunction", request)
        name = names.parse(str(request["FunctionName"]))
        function = configuration.created(request, self.arn(FunctionName(name.name)))
        try:
            await self.table.create(_item(function))
        except Conflict as error:
            raise AwsError("ResourceConflictException", f"Function already exist: {name.name}", 409) from error
        self._read.pop(name.name, None)
        return function

    async def get(self, name: FunctionName) -> Function:
        """The function as it is now. 404 ResourceNotFoundException, also for any version but $LATEST."""
        item = await self.table.get({"FunctionName": name.name})
        if item is None or name.qualifier not in {None, LATEST}:
            self._read.pop(name.name, None)
            raise AwsError("ResourceNotFoundException", f"Function not found: {self.arn(name)}", 404)
        function = _function(item)
        self._read[name.name] = (self.clock(), function)
        return function

    async def find(self, name: FunctionName) -> Function:
        """The function as it was at most a second ago: for invocations, of which there may be many a second."""
        read, function = self._read.get(name.name, (0.0, None))
        if function is None or self.clock() - read > _FRESH or name.qualifier not in {None, LATEST}:
            return await self.get(name)
        return function

    async def all(self) -> list[Function]:
        """All functions, by name."""
        return sorted(map(_function, await self.table.scan()), key=lambda function: function.name)

    async def update_configuration(self, name: FunctionName, request: Mapping[str, Any]) -> Function:
        """UpdateFunctionConfiguration."""
        validation.check("UpdateFunctionConfiguration", {**request, "FunctionName": name.name})
        return await self._replace(name, lambda function: configuration.reconfigured(function, request))

    async def update_code(self, name: FunctionName, request: Mapping[str, Any]) -> Function:
        """UpdateFunctionCode."""
        return await self._replace(name, lambda function: configuration.recoded(function, request))

    async def delete(self, name: FunctionName) -> None:
        """DeleteFunction. Its event source mappings stay, as on AWS."""
        await self.get(name)
        await self.table.delete({"FunctionName": name.name})
        self._read.pop(name.name, None)

    def arn(self, name: FunctionName) -> str:
        return names.function_arn(self.region, self.account, name)

    async def _replace(self, name: FunctionName, change: Callable[[Function], Function]) -> Function:
        old = await self.get(name)
        new = change(old)
        item = _item(new)
        key = {"FunctionName": item.pop("FunctionName")}
        try:
            await self.table.update(key, item, expect={"RevisionId": old.revision})
        except Conflict as error:
            raise AwsError(
                "ResourceConflictException",
                f"The operation cannot be performed at this time. An update is in progress for resource: {new.arn}",
                409,
            ) from error
        self._read.pop(name.name, None)
        return new


def _item(function: Function) -> Item:
    return {
        "FunctionName": function.name,
        "RevisionId": function.revision,
        "Configuration": function.configuration,
        "Code": function.code,
        "Tags": function.tags,
    }


def _function(item: Item) -> Function:
    return Function(item["Configuration"], item["Code"], item["Tags"])
