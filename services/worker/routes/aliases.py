"""Aliases."""

from fastapi import APIRouter, Request, Response

from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.routes import pages, wire


def routes(functions: Functions) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html and its neighbours."""
    router = APIRouter(prefix=f"{wire.FUNCTIONS}/{{name}}/aliases")
    aliases = functions.aliases

    @router.post("")
    async def create_alias(name: str, request: Request) -> Response:
        function = await _function(functions, name, request)
        alias = await aliases.create(function, await wire.body(request))
        functions.forget(function)
        return wire.answer(201, alias)

    @router.get("")
    async def list_aliases(name: str, request: Request) -> Response:
        found = await aliases.all(
            await _function(functions, name, request), request.query_params.get("FunctionVersion")
        )
        return wire.answer(200, pages.of(request.query_params, "Aliases", found))

    @router.get("/{alias}")
    async def get_alias(name: str, alias: str, request: Request) -> Response:
        return wire.answer(200, await aliases.get(FunctionName(await _function(functions, name, request), alias)))

    @router.put("/{alias}")
    async def update_alias(name: str, alias: str, request: Request) -> Response:
        whole = FunctionName(await _function(functions, name, request), alias)
        changed = await aliases.update(whole, await wire.body(request))
        functions.forget(whole.name)
        return wire.answer(200, changed)

    @router.delete("/{alias}")
    async def delete_alias(name: str, alias: str, request: Request) -> Response:
        whole = FunctionName(wire.name(name, request).name, alias)
        await aliases.delete(whole)
        functions.forget(whole.name)
        return Response(status_code=204)

    return router


async def _function(functions: Functions, text: str, request: Request) -> str:
    """The name of a function that exists."""
    return (await functions.get(FunctionName(wire.name(text, request).name))).name
