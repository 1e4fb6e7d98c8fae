"""Event source mappings, and GET /positions, which is our own."""

from fastapi import APIRouter, Request, Response

from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling.fleet import Fleet
from services.worker.polling.positions import positions
from services.worker.routes import pages, wire

_MAPPINGS = "/2015-03-31/event-source-mappings"
_MOST = 100  # mappings of a page


def routes(mappings: EventSourceMappings, fleet: Fleet) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html and its neighbours."""
    router = APIRouter()

    @router.post(_MAPPINGS)
    @router.post(f"{_MAPPINGS}/")
    async def create_event_source_mapping(request: Request) -> Response:
        return wire.answer(202, (await mappings.create(await wire.body(request))).reply())

    @router.get(_MAPPINGS)
    @router.get(f"{_MAPPINGS}/")
    async def list_event_source_mappings(request: Request) -> Response:
        wanted = request.query_params
        found = await mappings.all(wanted.get("FunctionName"), wanted.get("EventSourceArn"))
        replies = [mapping.reply() for mapping in found]
        return wire.answer(200, pages.of(wanted, "EventSourceMappings", replies, _MOST))

    @router.get(f"{_MAPPINGS}/{{mapping_id}}")
    async def get_event_source_mapping(mapping_id: str) -> Response:
        return wire.answer(200, (await mappings.get(mapping_id)).reply())

    @router.put(f"{_MAPPINGS}/{{mapping_id}}")
    async def update_event_source_mapping(mapping_id: str, request: Request) -> Response:
        return wire.answer(202, (await mappings.update(mapping_id, await wire.body(request))).reply())

    @router.delete(f"{_MAPPINGS}/{{mapping_id}}")
    async def delete_event_source_mapping(mapping_id: str) -> Response:
        return wire.answer(202, (await mappings.delete(mapping_id)).reply())

    @router.get("/positions")
    async def read_positions() -> Response:
        """Not Lambda's API: how far each shard of each mapping is done, and which replica reads it."""
        return wire.answer(200, positions(await mappings.all(), await fleet.leases.all()))

    return router
