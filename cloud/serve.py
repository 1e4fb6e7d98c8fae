"""What the boxes' web servers share: GET /health, GET /metrics, the guard, and how uvicorn runs them."""

import gc
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from cloud.guard import App, Guard

Missing = Callable[[], Awaitable[list[str]]]


def add_operations(app: FastAPI, missing: Missing, registry: CollectorRegistry = REGISTRY) -> None:
    """Add GET /health and GET /metrics to a box.

    missing: names what the box lacks to do its job, each in words ("stream AlienAttackInput"); none means 200
    {"status": "ok"}, some means 503 {"status": "unavailable", "missing": [...]}.
    """

    @app.get("/health", include_in_schema=False)
    async def health(response: Response) -> dict[str, Any]:
        lacking = await missing()
        response.status_code = 503 if lacking else 200
        return {"status": "unavailable", "missing": lacking} if lacking else {"status": "ok"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def run(app: App, *, host: str, port: int, hosts: Iterable[str], **options: Any) -> None:
    """Serve the app behind the guard until SIGTERM or Ctrl-C; running requests get 10 s to finish.

    host: one address to listen on, or several with commas between them.
    """
    options = {
        "timeout_graceful_shutdown": 10,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        **options,
    }
    _spare_the_collector()
    first, *more = [address.strip() for address in host.split(",")]
    if not more:
        uvicorn.run(Guard(app, hosts), host=first, port=port, **options)
        return
    server = uvicorn.Server(uvicorn.Config(Guard(app, hosts), host=first, port=port, **options))
    server.run([uvicorn.Config(app, host=address, port=port).bind_socket() for address in (first, *more)])


def _spare_the_collector() -> None:
    """Let Python's cycle collector pass over what was loaded, which stays, and look at new objects in larger lots.

    Requests leave hardly any cycles; walking over botocore's and the labs' objects for them cost a third of a post.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
