"""Functions: their configuration and their code."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.worker.execution.invoker import Invoker
from services.worker.functions.configuration import Function
from services.worker.functions.registry import Functions
from services.worker.routes import wire


def routes(functions: Functions, invoker: Invoker) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and its neighbours."""
    router = APIRouter(prefix=wire.FUNCTIONS)

    @router.post("")
    async def create_function(request: Request) -> Response:
        return wire.answer(201, (await functions.create(await wire.body(request))).configuration)

    @router.get("")
    @router.get("/")
    async def list_functions() -> Response:
        return wire.answer(200, {"Functions": [function.configuration for function in await functions.all()]})

    @router.get("/{name}")
    async def get_function(name: str, request: Request) -> Response:
        return wire.answer(200, _described(await functions.get(wire.name(name, request))))

    @router.get("/{name}/configuration")
    async def get_function_configuration(name: str, request: Request) -> Response:
        return wire.answer(200, (await functions.get(wire.name(name, request))).configuration)

    @router.put("/{name}/configuration")
    async def update_function_configuration(name: str, request: Request) -> Response:
        function = await functions.update_configuration(wire.name(name, request), await wire.body(request))
        return wire.answer(200, function.configuration)

    @router.put("/{name}/code")
    async def update_function_code(name: str, request: Request) -> Response:
        function = await functions.update_code(wire.name(name, request), await wire.body(request))
        return wire.answer(200, function.configuration)

    @router.delete("/{name}")
    async def delete_function(name: str, request: Request) -> Response:
        await functions.delete(wire.name(name, request))
        await invoker.forget(wire.name(name, request).name)
        return Response(status_code=204)

    return router


def _described(function: Function) -> dict[str, Any]:
    code = {"RepositoryType": "S3", "Location": function.folder.as_uri()}
    return {"Configuration": function.configuration, "Code": code, "Tags": function.tags}
