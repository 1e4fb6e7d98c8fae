"""Aliases: names that point to a version, or share their invocations out between two.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions import checks, configuration
from services.worker.functions.names import LATEST, FunctionName
from services.worker.tables import Conflict, Item, Table

_PREFIX = "alias:"
_SETTABLE = ("FunctionVersion", "Description", "RoutingConfig")


def pick(alias: Mapping[str, Any], chance: float) -> str:
    """The version that an invocation of the alias runs. chance: at least 0, below 1."""
    for version, weight in _weights(alias).items():
        if chance < weight:
            return version
        chance -= weight
    return str(alias["FunctionVersion"])


class Aliases:
    """An alias is its AliasConfiguration as Lambda words it. table: keyed by FunctionName and Part."""

    def __init__(self, table: Table, arn: Callable[[FunctionName], str]) -> None:
        self.table = table
        self.arn = arn

    async def create(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateAlias. 409 ResourceConflictException when there is one of that name."""
        validation.check("CreateAlias", {**request, "FunctionName": name})
        whole = FunctionName(name, str(request["Name"]))
        given = {"Description": "", **{key: request[key] for key in _SETTABLE if request.get(key) is not None}}
        alias = _stamped({"AliasArn": self.arn(whole), "Name": whole.qualifier, **given})
        await self._check(name, alias)
        try:
            await self.table.create(_item(whole, alias))
        except Conflict as error:
            message = f"Alias already exists: {self.arn(whole)}"
            raise AwsError("ResourceConflictException", message, 409) from error
        return alias

    async def read(self, name: FunctionName) -> dict[str, Any] | None:
        """The alias, or None."""
        item = await self.table.get(_key(name))
        return item["Configuration"] if item else None

    async def get(self, name: FunctionName) -> dict[str, Any]:
        """GetAlias. 404 ResourceNotFoundException."""
        if alias := await self.read(name):
            return alias
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {self.arn(name)}", 404)

    async def all(self, name: str, version: str | None = None) -> list[dict[str, Any]]:
        """The function's aliases by name; those that point to the version, if one is given."""
        parts = [part for part in await self.table.query(name) if part["Part"].startswith(_PREFIX)]
        aliases = sorted((part["Configuration"] for part in parts), key=lambda alias: str(alias["Name"]))
        return [alias for alias in aliases if version is None or version in _versions(alias)]

    async def update(self, name: FunctionName, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateAlias; what the request does not name stays."""
        validation.check("UpdateAlias", {**request, "FunctionName": name.name, "Name": name.qualifier})
        old = await self.get(name)
        configuration.check_revision(old["RevisionId"], request)
        new = _stamped({**old, **{key: request[key] for key in _SETTABLE if request.get(key) is not None}})
        await self._check(name.name, new)
        try:
            await self.table.update(_key(name), {"Configuration": new}, {"Configuration": old})
        except Conflict as error:
            raise AwsError("ResourceConflictException", f"The alias is being changed: {self.arn(name)}", 409) from error
        return new

    async def delete(self, name: FunctionName) -> None:
        """DeleteAlias; one that is not there is deleted."""
        await self.table.delete(_key(name))

    async def refuse_use(self, name: FunctionName) -> None:
        """ResourceConflictException when an alias points to this version."""
        if using := await self.all(name.name, name.version):
            said = ", ".join(str(alias["Name"]) for alias in using)
            message = f"Version {name.version} cannot be deleted: it is used by the following aliases: {said}"
            raise AwsError("ResourceConflictException", message, 409)

    async def _check(self, name: str, alias: Mapping[str, Any]) -> None:
        weights = _weights(alias)
        if len(weights) > 1:
            raise checks.invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
        if weights and LATEST in _versions(alias):
            raise checks.invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        for version in _versions(alias):
            part = {"FunctionName": name, "Part": f"version:{version}"}
            if version != LATEST and await self.table.get(part) is None:
                arn = self.arn(FunctionName(name, version))
                raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)


def _weights(alias: Mapping[str, Any]) -> dict[str, float]:
    return (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def _versions(alias: Mapping[str, Any]) -> list[str]:
    return [str(alias["FunctionVersion"]), *_weights(alias)]


def _stamped(alias: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in alias.items() if name != "RoutingConfig" or _weights(alias)}
    return {**kept, "RevisionId": str(uuid.uuid4())}


def _key(name: FunctionName) -> dict[str, str]:
    return {"FunctionName": name.name, "Part": f"{_PREFIX}{name.qualifier}"}


def _item(name: FunctionName, alias: dict[str, Any]) -> Item:
    return {**_key(name), "Configuration": alias}
