"""Functions and their versions: configuration and code."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.worker.execution.invoker import Invoker
from services.worker.functions import configuration
from services.worker.functions.function import Function
from services.worker.functions.names import LATEST, FunctionName
from services.worker.functions.registry import Functions
from services.worker.routes import pages, wire


def routes(functions: Functions, invoker: Invoker) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and its neighbours."""
    router = APIRouter(prefix=wire.FUNCTIONS)
    _add_changes(router, functions, invoker)

    @router.get("")
    @router.get("/")
    async def list_functions(request: Request) -> Response:
        found = await functions.all()
        if request.query_params.get("FunctionVersion") == "ALL":
            found = [version for function in found for version in await _versions(functions, function)]
        return wire.answer(
            200, pages.of(request.query_params, "Functions", [function.configuration for function in found])
        )

    @router.get("/{name}")
    async def get_function(name: str, request: Request) -> Response:
        return wire.answer(200, await _described(functions, wire.name(name, request)))

    @router.get("/{name}/configuration")
    async def get_function_configuration(name: str, request: Request) -> Response:
        return wire.answer(200, await _configuration(functions, wire.name(name, request)))

    @router.get("/{name}/versions")
    async def list_versions_by_function(name: str, request: Request) -> Response:
        found = await _versions(functions, await functions.get(FunctionName(wire.name(name, request).name)))
        return wire.answer(
            200, pages.of(request.query_params, "Versions", [version.configuration for version in found])
        )

    return router


def _add_changes(router: APIRouter, functions: Functions, invoker: Invoker) -> None:
    @router.post("")
    @router.post("/")
    async def create_function(request: Request) -> Response:
        function = await functions.create(await wire.body(request))
        return wire.answer(201, configuration.pending(function.configuration))

    @router.put("/{name}/configuration")
    async def update_function_configuration(name: str, request: Request) -> Response:
        function = await functions.update_configuration(wire.name(name, request), await wire.body(request))
        return wire.answer(200, configuration.in_progress(function.configuration))

    @router.put("/{name}/code")
    async def update_function_code(name: str, request: Request) -> Response:
        function = await functions.update_code(wire.name(name, request), await wire.body(request))
        return wire.answer(200, configuration.in_progress(function.configuration))

    @router.post("/{name}/versions")
    async def publish_version(name: str, request: Request) -> Response:
        latest = await functions.get(FunctionName(wire.name(name, request).name))
        version = await functions.versions.publish(latest, await wire.body(request))
        return wire.answer(201, version.configuration)

    @router.delete("/{name}")
    async def delete_function(name: str, request: Request) -> Response:
        doomed = wire.name(name, request)
        await functions.delete(doomed)
        await invoker.forget(doomed.name, doomed.qualifier)
        return Response(status_code=204)


async def _versions(functions: Functions, latest: Function) -> list[Function]:
    """$LATEST, its ARN qualified as Lambda has it in lists of versions, and then the others."""
    arn = functions.arn(FunctionName(latest.name, LATEST))
    first = Function({**latest.configuration, "FunctionArn": arn}, latest.code)
    return [first, *await functions.versions.all(latest.name)]


async def _configuration(functions: Functions, name: FunctionName) -> dict[str, Any]:
    """A FunctionConfiguration, its ARN qualified as the name is."""
    return {**(await functions.get(name)).configuration, "FunctionArn": functions.arn(name)}


async def _described(functions: Functions, name: FunctionName) -> dict[str, Any]:
    function = await functions.get(name)
    described: dict[str, Any] = {
        "Configuration": {**function.configuration, "FunctionArn": functions.arn(name)},
        "Code": {"RepositoryType": "S3", "Location": functions.code.location(function.code)},
        "Tags": function.tags,
    }
    if function.reserved is not None:
        described["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
    return described
