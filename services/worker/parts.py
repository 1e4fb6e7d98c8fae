"""The wiring: which part of the worker is made of which."""

import uuid

from cloud.clients import client
from services.worker import tables
from services.worker.app import Parts
from services.worker.execution.background import Background
from services.worker.execution.invoker import Invoker
from services.worker.functions.registry import Functions
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
from services.worker.polling.queues import Queues
from services.worker.polling.streams import Streams
from services.worker.polling.window_store import WindowStore
from services.worker.settings import Settings
from services.worker.tables import DynamoDBTable

_POOL = 64  # connections, as many as there are threads for calls


def assemble(settings: Settings) -> Parts:
    """All parts, none of them started."""
    dynamodb, kinesis = client("dynamodb", pool=_POOL), client("kinesis", pool=_POOL)
    functions = Functions(
        DynamoDBTable(dynamodb, tables.FUNCTIONS, ("FunctionName",)), settings.region, settings.account
    )
    invoker = Invoker(functions, settings.function_environment, settings.concurrency, settings.idle_environment)
    streams = Streams(
        {
            Kind.KINESIS: KinesisStreams(kinesis),
            Kind.FAN_OUT: FanOut(kinesis),
            Kind.DYNAMODB: TableStreams(client("dynamodbstreams", pool=_POOL)),
        },
        Queues(client("sqs", pool=_POOL)),
    )
    leases = Leases(
        DynamoDBTable(dynamodb, tables.LEASES, ("mapping", "shard")),
        f"{settings.name}/{uuid.uuid4().hex}",
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
    return Parts(functions, mappings, invoker, Background(invoker), fleet)


def _pace(settings: Settings) -> Pace:
    return Pace(
        poll=settings.poll_interval,
        idle_poll=settings.idle_poll_interval,
        lease=settings.lease_duration,
        backoff=settings.retry_backoff,
        backoff_limit=settings.retry_backoff_limit,
        window_idle=settings.window_idle,
    )
