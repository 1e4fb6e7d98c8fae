"""What happens to a function's asynchronous events."""

from fastapi import APIRouter, Request, Response

from services.worker.events.configuration import EventInvokeConfigs
from services.worker.routes import pages, wire


def routes(configs: EventInvokeConfigs) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html and its neighbours."""
    router = APIRouter(prefix="/2019-09-25/functions/{name}/event-invoke-config")

    @router.put("")
    async def put_function_event_invoke_config(name: str, request: Request) -> Response:
        return wire.answer(200, await configs.put(wire.name(name, request), await wire.body(request)))

    @router.post("")
    async def update_function_event_invoke_config(name: str, request: Request) -> Response:
        return wire.answer(200, await configs.update(wire.name(name, request), await wire.body(request)))

    @router.get("")
    async def get_function_event_invoke_config(name: str, request: Request) -> Response:
        return wire.answer(200, await configs.get(wire.name(name, request)))

    @router.delete("")
    async def delete_function_event_invoke_config(name: str, request: Request) -> Response:
        await configs.delete(wire.name(name, request))
        return Response(status_code=204)

    @router.get("/list")
    async def list_function_event_invoke_configs(name: str, request: Request) -> Response:
        found = await configs.all(wire.name(name, request))
        return wire.answer(200, pages.of(request.query_params, "FunctionEventInvokeConfigs", found))

    return router
