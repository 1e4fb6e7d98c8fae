"""Lambda's HTTP API, REST-JSON, as boto3 and the AWS CLI speak it; GET /positions, /health and /metrics are our own.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI

from cloud.cloudwatch import Publisher
from cloud.errors import Unavailable
from cloud.log_shipper import Shipper
from cloud.serve import add_operations
from services.worker.events.configuration import EventInvokeConfigs
from services.worker.events.queue import EventQueue
from services.worker.execution.invoker import Invoker
from services.worker.functions.registry import Functions
from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling.fleet import Fleet
from services.worker.polling.pages import SignedPages
from services.worker.routes import account, aliases, event_invoke, functions, invocations, mappings, tags, wire

_THREADS = 64  # calls to the emulator that may be under way at once


@dataclass(frozen=True)
class Parts:
    """What the app is made of."""

    functions: Functions
    mappings: EventSourceMappings
    invoker: Invoker
    event_invoke_configs: EventInvokeConfigs
    events: EventQueue
    fleet: Fleet
    logs: Shipper
    publisher: Publisher
    pages: Sequence[SignedPages]


def create_app(parts: Parts) -> FastAPI:
    """The worker's API. Its lifespan runs the pollers, the queue of events, and what ships logs and metrics."""
    app = FastAPI(title="Fogbank worker", lifespan=_lifespan(parts), openapi_url=None)
    app.include_router(functions.routes(parts.functions, parts.invoker))
    app.include_router(invocations.routes(parts.functions, parts.invoker, parts.events))
    app.include_router(aliases.routes(parts.functions))
    app.include_router(account.routes(parts.functions))
    app.include_router(tags.routes(parts.functions))
    app.include_router(event_invoke.routes(parts.event_invoke_configs))
    app.include_router(mappings.routes(parts.mappings, parts.fleet))
    add_operations(app, lambda: _missing(parts))
    wire.add_errors(app, ClientError, BotoCoreError, Unavailable)
    return app


def _lifespan(parts: Parts) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        asyncio.get_running_loop().set_default_executor(threads)
        running = [asyncio.create_task(part.run()) for part in (parts.fleet, parts.events, parts.logs, parts.publisher)]
        yield
        await asyncio.gather(parts.fleet.close(), parts.events.close())
        await asyncio.gather(parts.invoker.close(), *(pages.close() for pages in parts.pages))
        await asyncio.gather(parts.logs.close(), parts.publisher.close())
        await asyncio.gather(*running)

    return lifespan


async def _missing(parts: Parts) -> list[str]:
    return parts.fleet.troubles()
