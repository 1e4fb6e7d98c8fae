"""What happens to a function's asynchronous events: retries, maximum age, destinations.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

import time
from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.tables import Conflict

RETRIES = 2
MAX_AGE = 6 * 3600  # seconds
_PREFIX = "event-invoke:"
_SETTABLE = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_SERVICES = {"OnSuccess": ("sqs", "sns", "lambda", "events"), "OnFailure": ("sqs", "sns", "lambda", "events", "s3")}


class EventInvokeConfigs:
    """A configuration is a FunctionEventInvokeConfig as Lambda words it, kept beside its function's versions."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.table = functions.parts

    async def put(self, name: FunctionName, request: Mapping[str, Any]) -> dict[str, Any]:
        """PutFunctionEventInvokeConfig: what there was before is gone."""
        return await self._write("PutFunctionEventInvokeConfig", name, request, {})

    async def update(self, name: FunctionName, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateFunctionEventInvokeConfig: what the request does not name stays."""
        return await self._write("UpdateFunctionEventInvokeConfig", name, request, await self.get(name))

    async def get(self, name: FunctionName) -> dict[str, Any]:
        """GetFunctionEventInvokeConfig. 404 ResourceNotFoundException."""
        await self.functions.get(name)
        if config := await self.read(name):
            return config
        arn = self._arn(name)
        raise AwsError("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", 404)

    async def read(self, name: FunctionName) -> dict[str, Any] | None:
        """The configuration of exactly this name, or None."""
        item = await self.table.get(_key(name))
        return item["Configuration"] if item else None

    async def all(self, name: FunctionName) -> list[dict[str, Any]]:
        """ListFunctionEventInvokeConfigs."""
        await self.functions.get(FunctionName(name.name))
        parts = await self.table.query(name.name)
        return [part["Configuration"] for part in parts if part["Part"].startswith(_PREFIX)]

    async def delete(self, name: FunctionName) -> None:
        """DeleteFunctionEventInvokeConfig."""
        await self.get(name)
        await self.table.delete(_key(name))

    async def _write(
        self, operation: str, name: FunctionName, request: Mapping[str, Any], old: Mapping[str, Any]
    ) -> dict[str, Any]:
        validation.check(operation, {**request, "FunctionName": name.name})
        await self.functions.get(name)
        given = {member: request[member] for member in _SETTABLE if request.get(member) is not None}
        if not given:
            raise _invalid("You must specify at least one of error handling or destination setting.")
        config = {**old, **given, "FunctionArn": self._arn(name), "LastModified": round(time.time(), 3)}
        config["DestinationConfig"] = self._destinations(name, config.get("DestinationConfig") or {})
        try:
            await self.table.create({**_key(name), "Configuration": config})
        except Conflict:
            await self.table.update(_key(name), {"Configuration": config}, {})
        return config

    def _destinations(self, name: FunctionName, given: Mapping[str, Any]) -> dict[str, Any]:
        chosen: dict[str, Any] = {"OnSuccess": {}, "OnFailure": {}}
        for when, services in _SERVICES.items():
            arn = str((given.get(when) or {}).get("Destination") or "")
            if not arn:
                continue
            if arn.split(":")[2:3] not in [[service] for service in services] or arn.endswith(".fifo"):
                raise _invalid(f"The provided destination config DestinationConfig is invalid: {when} {arn}")
            if arn.startswith(self.functions.arn(FunctionName(name.name))):
                raise _invalid("You can't specify the function as a destination for itself.")
            chosen[when] = {"Destination": arn}
        return chosen

    def _arn(self, name: FunctionName) -> str:
        return self.functions.arn(FunctionName(name.name, name.version))


def destination(config: Mapping[str, Any] | None, when: str) -> str:
    """The ARN for "OnSuccess" or "OnFailure"; empty when there is none."""
    return str(((config or {}).get("DestinationConfig") or {}).get(when, {}).get("Destination") or "")


def _key(name: FunctionName) -> dict[str, str]:
    return {"FunctionName": name.name, "Part": _PREFIX + name.version}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
