"""The site's web application: /config.json, /health, /metrics, and everything else from the folder of pages."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware

from cloud.serve import add_operations
from labs import declare
from services.site.config import page_config
from services.site.pages import ERROR_DOCUMENT, Website
from services.site.policy import headers
from services.site.settings import Settings

NEEDED = ("index.html", ERROR_DOCUMENT)


def create_app(settings: Settings, root: Path) -> FastAPI:
    """The application over the pages in root; no state of its own, so any number of them may run."""
    app = FastAPI(title="Fogbank site", docs_url=None, redoc_url=None, openapi_url=None)
    config = page_config(settings, [declare.load(name) for name in declare.names()])
    policy = headers([settings.cognito, settings.gateway, settings.kinesis, settings.sqs])

    @app.api_route("/config.json", methods=["GET", "HEAD"])
    async def config_json() -> dict[str, Any]:
        return config

    @app.middleware("http")
    async def add_policy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(policy)
        return response

    add_operations(app, lambda: _missing(root))
    app.mount("/", Website(root))
    app.add_middleware(GZipMiddleware)
    return app


async def _missing(root: Path) -> list[str]:
    return [f"page {name}" for name in NEEDED if not (root / name).is_file()]
