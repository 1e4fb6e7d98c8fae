"""Managed Service for Apache Flink's API as boto3 and the AWS CLI speak it; GET /health and /metrics are our own."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI

from cloud.json_protocol import Protocol
from cloud.serve import add_operations
from cloud.tables import DynamoDBTable
from services.analytics.applications import APPLICATIONS, Applications
from services.analytics.fleet import Fleet
from services.analytics.settings import Settings
from services.analytics.state import PARTS, STATES, States

_TARGET = "KinesisAnalytics_20180523"
_THREADS = 16  # calls that may be under way at once


def create_app(settings: Settings, dynamodb: Any, kinesis: Any) -> FastAPI:
    """The box's API. Its lifespan runs the applications. kinesis: a client that does not try again by itself."""
    owner = f"{settings.name}/{uuid.uuid4().hex[:8]}"
    rows = DynamoDBTable(dynamodb, STATES, ("application",))
    states = States(rows, DynamoDBTable(dynamodb, PARTS, ("state", "part")), owner)
    fleet = Fleet(states, kinesis, settings)
    applications = Applications(DynamoDBTable(dynamodb, APPLICATIONS, ("name",)), settings, fleet.wake, states.drop)
    fleet.applications = applications

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        asyncio.get_running_loop().set_default_executor(threads)
        running = asyncio.create_task(fleet.run())
        yield
        fleet.close()
        await running

    async def missing() -> list[str]:
        return [fleet.trouble] if fleet.trouble else []

    app = FastAPI(title="Fogbank analytics", lifespan=lifespan, openapi_url=None)
    Protocol("kinesisanalyticsv2", _TARGET, "InvalidArgumentException", applications.actions()).add_to(app)
    add_operations(app, missing)
    return app
