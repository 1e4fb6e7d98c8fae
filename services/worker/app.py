"""Lambda's HTTP API, REST-JSON, as boto3 and the AWS CLI speak it; GET /positions, /health and /metrics are our own.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI

from cloud.errors import Unavailable
from cloud.serve import add_operations
from services.worker.execution.background import Background
from services.worker.execution.invoker import Invoker
from services.worker.functions.registry import Functions
from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling.fleet import Fleet
from services.worker.routes import functions, invocations, mappings, wire

_THREADS = 64  # calls to the emulator that may be under way at once


@dataclass(frozen=True)
class Parts:
    """What the app is made of."""

    functions: Functions
    mappings: EventSourceMappings
    invoker: Invoker
    background: Background
    fleet: Fleet


def create_app(parts: Parts) -> FastAPI:
    """The worker's API. Its lifespan runs the fleet of pollers."""
    app = FastAPI(title="Fogbank worker", lifespan=_lifespan(parts), openapi_url=None)
    app.include_router(functions.routes(parts.functions, parts.invoker))
    app.include_router(invocations.routes(parts.functions, parts.invoker, parts.background))
    app.include_router(mappings.routes(parts.mappings, parts.fleet))
    add_operations(app, lambda: _missing(parts))
    wire.add_errors(app, ClientError, BotoCoreError, Unavailable)
    return app


def _lifespan(parts: Parts) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        asyncio.get_running_loop().set_default_executor(threads)
        fleet = asyncio.create_task(parts.fleet.run())
        yield
        await parts.fleet.close()
        await fleet
        await parts.background.close()
        await parts.invoker.close()

    return lifespan


async def _missing(parts: Parts) -> list[str]:
    return parts.fleet.troubles()
