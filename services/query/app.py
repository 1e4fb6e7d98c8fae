"""Athena's API as boto3, PyAthena and the AWS CLI speak it; GET /health and /metrics are our own."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI

from cloud.json_protocol import Protocol
from cloud.serve import add_operations
from cloud.tables import DynamoDBTable
from services.query.actions import Actions
from services.query.catalogue import Catalogue
from services.query.executions import EXECUTIONS, Executions
from services.query.runner import Runner
from services.query.settings import Settings


def create_app(settings: Settings, dynamodb: Any, s3: Any, glue: Any) -> FastAPI:
    """The box's API, over boto3 clients. Its lifespan takes up what was left open."""
    owner = f"{settings.name}/{uuid.uuid4().hex[:8]}"
    executions = Executions(DynamoDBTable(dynamodb, EXECUTIONS, ("id",)), settings, owner)
    catalogue = Catalogue(glue)
    runner = Runner(executions, catalogue, s3, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        beginning = asyncio.create_task(runner.begin())
        yield
        await runner.close()
        await beginning

    async def missing() -> list[str]:
        return [runner.trouble] if runner.trouble else []

    app = FastAPI(title="Fogbank query", lifespan=lifespan, openapi_url=None)
    actions = Actions(executions, runner, catalogue, s3, settings).by_name()
    Protocol("athena", "AmazonAthena", "InvalidRequestException", actions).add_to(app)
    add_operations(app, missing)
    return app
