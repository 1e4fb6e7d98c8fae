"""MiniStack with its mends, behind the guard's door: health, metrics, and the work between requests.

Imported after MiniStack's environment is set, since MiniStack reads it while it is imported.
"""

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from ministack import app as ministack
from ministack.core import persistence
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, dynamodb_streams, kinesis

from cloud import log
from cloud.cloudwatch import Aggregate, Publisher
from cloud.guard import App, Receive, Scope, Send
from cloud.log import line
from cloud.serve import add_operations
from services.emulator import access_keys, expressions, transactions
from services.emulator.items import Items
from services.emulator.journal import Journal
from services.emulator.kinesis import Kinesis
from services.emulator.log_events import LogEvents
from services.emulator.metrics import Metrics
from services.emulator.monitoring import NAMESPACE, Monitoring
from services.emulator.sequence import SequenceNumbers
from services.emulator.settings import Settings
from services.emulator.snapshots import Snapshots
from services.emulator.stream_log import StreamLog
from services.emulator.streams import Streams
from services.emulator.table_streams import TableStreams
from services.emulator.throttle import Throttle
from services.emulator.traffic import Traffic

HOUSEKEEPING = 60.0  # seconds between looks for what retention has taken

_log = logging.getLogger(__name__)


class Emulator:
    """ASGI application: GET /health and /metrics are ours, all else is MiniStack's."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        sums = Aggregate(NAMESPACE)
        self.kinesis = _kinesis(settings, Monitoring(sums))
        self.publisher = Publisher(sums, _CloudWatch(), settings.metrics_seconds)
        self.items = _items(settings)
        self.log_events = LogEvents(cloudwatch_logs, settings.state / "log_events")
        self.snapshots = Snapshots(ministack, persistence, settings.state, settings.snapshot_seconds)
        self.operations = FastAPI(openapi_url=None)
        add_operations(self.operations, self._missing)
        self.operations.get(access_keys.PREFIX + "{access_key}")(_access_key)

    def install(self) -> None:
        """Put all mends in place, once per process. Raises ConfigError when MiniStack is not as they expect it."""
        self.kinesis.install()
        expressions.install(dynamodb)
        transactions.install(dynamodb)
        self.log_events.install()
        Metrics(cloudwatch).install()
        self.items.install()
        self.snapshots.install()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http" and _ours(scope["path"]):
            await self.operations(scope, receive, send)
        else:
            if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS", "POST"}:
                self.snapshots.touch()  # some of S3's paths do not pass the dispatcher that the snapshots watch
            try:
                await ministack.app(scope, receive, send)
            except asyncio.CancelledError:  # the box stops, and does not wait for long polls to end
                await _unavailable(send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        work: list[asyncio.Task[None]] = []

        async def receive_and_stop() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and work:
                await self._end(work)
            return message

        async def start_and_send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                work.extend(map(asyncio.create_task, (self._work(), self.publisher.run())))
            await send(message)

        await ministack.app(scope, receive_and_stop, start_and_send)

    async def _end(self, work: list[asyncio.Task[None]]) -> None:
        """Raises nothing: MiniStack writes its state down after this."""
        for task in work:
            task.cancel()
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.error(line("work ended", error=outcome))
        try:
            self.items.flush()
        except Exception as error:
            _log.error(line("state not kept", error=error))

    async def _work(self) -> None:
        cleaned = time.monotonic()
        while True:
            started = time.monotonic()
            try:
                await self._keep()
                if started - cleaned > HOUSEKEEPING:
                    cleaned = started
                    self.kinesis.forget_expired()
                    self.items.streams.forget_expired()
                    self.log_events.sweep()
            except Exception as error:  # the next round may succeed; health says what does not
                _log.error(line("state not kept", error=error))
            await asyncio.sleep(self.settings.snapshot_seconds)

    async def _keep(self) -> None:
        self.items.flush()
        await self.snapshots.look()
        if self.items.outgrown():
            await self.items.compact()
        await asyncio.to_thread(self.items.streams.spill)
        await asyncio.to_thread(self.log_events.spill)
        await asyncio.to_thread(self.items.journal.sync)
        await asyncio.to_thread(self.kinesis.log.sync)

    async def _missing(self) -> list[str]:
        return [self.snapshots.failed] if self.snapshots.failed else []


class _CloudWatch:
    """boto3's client, which takes a second to load, from the first thing on that there is to tell."""

    def put_metric_data(self, **data: Any) -> None:
        clients = importlib.import_module("cloud.clients")
        clients.client("cloudwatch", retries=0, read_timeout=5).put_metric_data(**data)


def _ours(path: str) -> bool:
    return path in {"/health", "/metrics"} or path.startswith(access_keys.PREFIX)


async def _access_key(access_key: str) -> Response:
    found = access_keys.find(access_key)
    return Response(status_code=404) if found is None else JSONResponse(found)


def create_app(settings: Settings) -> App:
    """The mended MiniStack, ready to be served."""
    # MiniStack names its loggers after services ("kinesis") and tells of every call at INFO.
    log.setup("emulator", "WARNING")
    for ours in ("services.emulator", "uvicorn.error"):
        logging.getLogger(ours).setLevel(settings.log_level)
    emulator = Emulator(settings)
    emulator.install()
    return emulator


async def _unavailable(send: Send) -> None:
    body = b'{"__type":"ServiceUnavailable","message":"the emulator is stopping"}'
    with contextlib.suppress(RuntimeError):  # the answer had begun
        await send({"type": "http.response.start", "status": 503, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})


def _items(settings: Settings) -> Items:
    journal, file = Journal(settings.state / "items"), settings.state / "dynamodb.json"
    streams = TableStreams(dynamodb, dynamodb_streams, settings.state / "table_streams")
    return Items(dynamodb, persistence, journal, file, streams)


def _kinesis(settings: Settings, monitoring: Monitoring) -> Kinesis:
    streams = Streams(kinesis, SequenceNumbers())
    throttle = Throttle(time.monotonic) if settings.throttle else None
    traffic = Traffic(streams, StreamLog(settings.state / "streams"), throttle, monitoring)
    return Kinesis(kinesis, persistence, streams, traffic, settings.state / "kinesis.json")
