"""The site's web application: its own few addresses, and everything else from the bucket of pages."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response

from cloud.serve import add_operations
from labs import declare
from services.site import addresses, policy
from services.site.answer import Answer, answer, not_allowed, nothing_yet
from services.site.boxes import Boxes
from services.site.cache import Cache
from services.site.config import page_config
from services.site.join import qr_code
from services.site.relay import Relay
from services.site.settings import Settings
from services.site.website import resolve

READ = ("GET", "HEAD")
ALL = [*READ, "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(settings: Settings, cache: Cache, relay: Relay, boxes: Boxes | None = None) -> FastAPI:
    """The application over what the cache holds; no state of its own, so any number of them may run.

    boxes: those that /status.json tells about.
    """
    boxes = boxes or Boxes({})

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await relay.close()
        await boxes.close()

    app = FastAPI(title="Fogbank site", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    labs = [declare.load(name) for name in declare.names()]

    @app.middleware("http")
    async def add_policy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        near = _seen_from(settings, request)
        response.headers.update(policy.headers([near.cognito, near.gateway, near.socket, *near.services.values()]))
        response.headers.setdefault("cache-control", "no-cache")
        return response

    add_operations(app, cache.missing)

    @app.api_route("/config.json", methods=[*READ])
    async def config_json(request: Request) -> dict[str, Any]:
        return page_config(settings.region, _seen_from(settings, request), labs)

    @app.api_route("/status.json", methods=[*READ])
    async def status_json() -> dict[str, Any]:
        return await boxes.status()

    @app.api_route("/join.svg", methods=[*READ])
    async def join(request: Request) -> Response:
        return _sent(qr_code(settings, request.query_params.get("to", ""), _host(request)), request.method)

    @app.post(f"{addresses.RELAY}/")
    async def cognito(request: Request) -> Response:
        return _sent(await relay.call(request.headers, await request.body()), request.method)

    @app.get(f"{addresses.RELAY}/{{path:path}}")
    async def cognito_documents(path: str) -> Response:
        return _sent(await relay.read(path), "GET")

    @app.api_route("/{path:path}", methods=ALL)
    async def page(request: Request) -> Response:
        return _sent(await _page(cache, request), request.method)

    return app


async def _page(cache: Cache, request: Request) -> Answer:
    request_id = uuid.uuid4().hex[:16].upper()
    if request.method not in READ:
        return not_allowed(request.method, request_id)
    snapshot = await cache.current()
    if not snapshot.objects:
        return nothing_yet(cache.trouble or "There are no pages yet", request_id)
    outcome = resolve(snapshot, request.url.path, _host(request), request.url.scheme)
    return answer(outcome, request.headers, request_id)


def _sent(given: Answer, method: str) -> Response:
    response = Response(given.body, given.status, dict(given.headers))
    if method == "HEAD":
        response.body = b""
    return response


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def _seen_from(settings: Settings, request: Request) -> addresses.Addresses:
    return addresses.seen_from(settings, _host(request))
