"""The wiring: which part of the worker is made of which."""

import tempfile
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cloud.clients import client, credentials
from cloud.cloudwatch import Publisher
from cloud.log_shipper import Shipper
from services.worker import metrics, tables
from services.worker.app import Parts
from services.worker.events.configuration import EventInvokeConfigs
from services.worker.events.handling import Handler
from services.worker.events.queue import EventQueue
from services.worker.events.store import EventStore
from services.worker.events.targets import Targets
from services.worker.execution.environment import Ground
from services.worker.execution.invoker import Invoker
from services.worker.execution.memory import MemoryWatch
from services.worker.functions.registry import Functions
from services.worker.functions.store import CodeStore
from services.worker.mappings.registry import EventSourceMappings
from services.worker.mappings.sources import Kind
from services.worker.polling.delivery import Delivery
from services.worker.polling.destinations import Destinations
from services.worker.polling.dynamodb import TableStreams
from services.worker.polling.fanout import FanOut
from services.worker.polling.fleet import Fleet
from services.worker.polling.kinesis import KinesisStreams
from services.worker.polling.lane import Pace
from services.worker.polling.leases import Leases
from services.worker.polling.pages import KINESIS, TABLE_STREAMS, Service, SignedPages
from services.worker.polling.queues import Queues
from services.worker.polling.streams import Streams
from services.worker.polling.window_store import WindowStore
from services.worker.settings import Settings
from services.worker.tables import DynamoDBTable

_POOL = 64  # connections, as many as there are threads for calls


def assemble(settings: Settings) -> Parts:
    """All parts, none of them started."""
    dynamodb, kinesis = client("dynamodb", pool=_POOL), client("kinesis", pool=_POOL)
    table_streams = client("dynamodbstreams", pool=_POOL)
    pages, table_pages = _pages(kinesis, KINESIS), _pages(table_streams, TABLE_STREAMS)
    owner = f"{settings.name}/{uuid.uuid4().hex}"
    functions = Functions(
        DynamoDBTable(dynamodb, tables.FUNCTIONS, ("FunctionName",)),
        DynamoDBTable(dynamodb, tables.FUNCTION_PARTS, ("FunctionName", "Part")),
        CodeStore(client("s3"), _code_folder(settings)),
        region=settings.region,
        account=settings.account,
    )
    logs = Shipper(client("logs"), dropped=metrics.LOG_EVENTS_DROPPED.inc)
    ground = Ground(settings.function_environment, MemoryWatch(), logs, settings.node_modules)
    invoker = Invoker(functions, ground, settings.concurrency, settings.idle_environment)
    configs = EventInvokeConfigs(functions)
    streams = Streams(
        {
            Kind.KINESIS: KinesisStreams(kinesis, pages),
            Kind.FAN_OUT: FanOut(kinesis, pages),
            Kind.DYNAMODB: TableStreams(table_streams, table_pages),
        },
        Queues(client("sqs", pool=_POOL)),
    )
    leases = Leases(
        DynamoDBTable(dynamodb, tables.LEASES, ("mapping", "shard")),
        owner,
        WindowStore(DynamoDBTable(dynamodb, tables.WINDOWS, ("state", "part"))),
    )
    mappings = EventSourceMappings(DynamoDBTable(dynamodb, tables.MAPPINGS, ("UUID",)), functions, streams)
    delivery = Delivery(invoker, Destinations(client))
    fleet = Fleet(
        mappings,
        functions,
        streams=streams,
        leases=leases,
        delivery=delivery,
        pace=_pace(settings),
        refresh=settings.refresh_interval,
    )
    mappings.changed = fleet.wake
    return Parts(
        functions,
        mappings,
        invoker,
        configs,
        _events(settings, owner, dynamodb, invoker, configs),
        fleet,
        logs,
        Publisher(metrics.CLOUDWATCH, client("cloudwatch"), settings.metrics_interval),
        [one for one in (pages, table_pages) if one],
    )


def _pages(reached: Any, service: Service) -> SignedPages | None:
    """Connections of our own where boto3 would have nothing to say about them; None: boto3's. reached: its client."""
    endpoint = str(reached.meta.endpoint_url)
    if not endpoint.startswith("http://"):
        return None
    return SignedPages(endpoint, credentials(), reached.meta.region_name, service)


def _events(settings: Settings, owner: str, dynamodb: Any, invoker: Invoker, configs: EventInvokeConfigs) -> EventQueue:
    store = EventStore(
        DynamoDBTable(dynamodb, tables.EVENTS, ("id",)), DynamoDBTable(dynamodb, tables.EVENT_PAYLOADS, ("id", "part"))
    )
    targets = Targets(client)
    queue = EventQueue(
        store,
        Handler(store, invoker, configs, targets, settings.event_retry),
        owner=owner,
        cap=settings.concurrency,
        refresh=settings.refresh_interval,
        lease=settings.lease_duration,
    )
    targets.accept = queue.accept
    return queue


def _code_folder(settings: Settings) -> Path:
    """This replica's own; where the home folder cannot be written to, as in a container, a temporary one."""
    folder = settings.home / "functions" / quote(settings.name, safe="")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="fogbank-functions-"))
    return folder


def _pace(settings: Settings) -> Pace:
    return Pace(
        poll=settings.poll_interval,
        idle_poll=settings.idle_poll_interval,
        lease=settings.lease_duration,
        backoff=settings.retry_backoff,
        backoff_limit=settings.retry_backoff_limit,
        window_idle=settings.window_idle,
    )
