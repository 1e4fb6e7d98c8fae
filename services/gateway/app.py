"""The FastAPI shell: health, metrics, the control plane, and one catch-all: the pipeline that serves all APIs."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from cloud import sockets
from cloud.errors import AwsError
from cloud.guard import App, Receive, Scope, Send
from cloud.log import line
from cloud.serve import add_operations
from services.gateway import control
from services.gateway.admission import Admissions
from services.gateway.cache import ResponseCache
from services.gateway.calls import Calls
from services.gateway.catalogue import Catalogue, Compiling, Source
from services.gateway.coalesce import Coalescer, Options
from services.gateway.document import Protocols
from services.gateway.front import Front, new_ids
from services.gateway.keys import KeyRing
from services.gateway.messages import CallFailed, CallTimedOut
from services.gateway.metrics import Metrics
from services.gateway.near import Near
from services.gateway.outbound import Outbound
from services.gateway.pipeline import Pipeline
from services.gateway.reports import Reports
from services.gateway.settings import Settings
from services.gateway.shares import Shares
from services.gateway.stages import Stages
from services.gateway.telling import Telling
from services.gateway.throttle import Limit
from services.gateway.websocket import replica as websocket
from services.gateway.websocket.catalogue import WebSocketCatalogue
from services.gateway.websocket.front import Sockets
from services.gateway.websocket.limits import FRAME_BYTES, MESSAGE_BYTES
from services.gateway.websocket.management import Management, WebSocketPaths

DRAIN_SECONDS = 5
FIRST_LOOK_SECONDS = 5.0
LOG = logging.getLogger(__name__)
SERVING = sockets.options(MESSAGE_BYTES, FRAME_BYTES)
"""How the server serves WebSockets, for cloud.serve.run."""

Watched = Catalogue | WebSocketCatalogue


def create_app(
    settings: Settings,
    sources: Sequence[Source],
    outbound: Outbound,
    protocols: Protocols,
    *,
    reports: Reports | None = None,
) -> FastAPI:
    """The gateway over these labs. outbound: the way to AWS's services, closed when the app ends.

    reports: to CloudWatch and its logs.
    """
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    ring = KeyRing(time.monotonic)
    stages = Stages(outbound.ask)
    admissions = Admissions(account=Limit(settings.account_rate, settings.account_burst))
    shares = Shares(outbound.ask, admissions.throttle, admissions.quotas, uuid.uuid4().hex)
    catalogue = Catalogue(sources, outbound, stages, ring, Compiling(protocols, settings.region))
    place = websocket.Place(settings.region, settings.address)
    live = websocket.build(
        [one.lab for one in sources], outbound, place, settings.websocket, registry, admit=shares.admit
    )
    options = Options(linger=settings.coalesce_ms / 1000, limit=settings.coalesce_queue)
    coalescer = Coalescer(outbound.call, options, metrics.batch)
    pipeline = Pipeline(ring, ResponseCache(time.monotonic), time.time, new_ids, admissions)
    calls = Calls(outbound, coalescer, catalogue.fetch_keys, shares)
    reports = reports or Reports()

    look, beat = partial(_look, metrics, catalogue, live.catalogue), partial(_beat, shares)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # A gateway that comes back knows its APIs before its first caller does.
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(look(), beat()), FIRST_LOOK_SECONDS)
        repeated = [asyncio.create_task(_every(settings.refresh_seconds, act)) for act in (look, beat)]
        reports.start()
        yield
        for task in repeated:
            task.cancel()
        await asyncio.gather(*repeated, return_exceptions=True)
        # Who still waits for the stream hears from it before the way to it is closed.
        with suppress(TimeoutError):
            await asyncio.wait_for(coalescer.drain(), DRAIN_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(shares.close(), DRAIN_SECONDS)
        await reports.close()
        await outbound.close()

    app = Shell(title="Fogbank gateway", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.router.redirect_slashes = False
    add_operations(app, lambda: _missing(catalogue, live.catalogue), registry)
    app.include_router(control.router(stages, catalogue.describe))
    telling = Telling(metrics, settings.log_every, reports.ship, reports.sums)
    front = Front(pipeline, catalogue.deployments, calls, telling)
    management = Management(live)
    paths = WebSocketPaths(ApiPaths(app.own, front), Sockets(live), management)
    app.first = Near(paths, management.serves, settings.network)
    return app


class Shell(FastAPI):
    """FastAPI for the gateway's own paths. first: whom a request meets before, at once: FastAPI's layers cost 8 us."""

    first: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.first(scope, receive, send)

    async def own(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The gateway's own paths, and the beginning and end of it."""
        await super().__call__(scope, receive, send)


class ApiPaths:
    """The catch-all: every path that is not the gateway's own. FastAPI's routing would cost 45 us."""

    OWN = frozenset({"/health", "/metrics"})
    CONTROL = "/restapis/"

    def __init__(self, app: App, front: App) -> None:
        self.app = app
        self.front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] != "http" or scope["path"] in self.OWN or scope["path"].startswith(self.CONTROL)
        await (self.app if own else self.front)(scope, receive, send)


async def _missing(*catalogues: Watched) -> list[str]:
    return [what for catalogue in catalogues for what in catalogue.missing]


async def _every(interval: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(interval)
        await act()


async def _beat(shares: Shares) -> None:
    # Apart from the catalogues: a box that does not answer them must not make this gateway seem gone to the others.
    try:
        await shares.refresh()
    except (CallFailed, CallTimedOut, AwsError) as error:
        LOG.debug(line("beat", error=error))  # health names it: the catalogue asks DynamoDB, too
    except Exception:  # whatever it was, the next one may find it mended
        LOG.exception(line("beat"))


async def _look(metrics: Metrics, *catalogues: Watched) -> None:
    for catalogue in catalogues:
        try:
            await catalogue.refresh()
        except Exception:  # whatever it was, the next look may find it mended
            LOG.exception(line("refresh"))
    metrics.looks.inc()
