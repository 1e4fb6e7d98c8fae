"""Cognito's HTTP API: POST / with an operation in X-Amz-Target; keys, pages and the inbox have paths of their own."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from cloud.errors import AwsError, Unavailable
from cloud.log import line
from cloud.serve import add_operations
from cloud.tables import Conflict
from services.identity import wire
from services.identity.box import Box
from services.identity.hosted import routes as hosted
from services.identity.mail import routes as mail
from services.identity.metrics import Metrics
from services.identity.secrets.vault import Sealed

LOG = logging.getLogger(__name__)

_THREADS = 64  # calls to the emulator that may be under way at once
_EXPOSED = ["x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"]
_OFFLINE = (ClientError, BotoCoreError, Unavailable)


def create_app(box: Box) -> FastAPI:
    """The box's app. Which web pages may call it is the guard's affair; those that may are told so."""
    metrics = Metrics()
    app = FastAPI(title="Fogbank identity", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/", include_in_schema=False)
    async def call(request: Request) -> Response:
        return await _answer(box, metrics, request)

    app.include_router(hosted.routes(box))
    app.include_router(mail.routes(box))
    add_operations(app, lambda: _missing(box), metrics.registry)
    for error in (*_OFFLINE, Sealed, Conflict):
        app.add_exception_handler(error, _failed)
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=".*",
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
        max_age=86400,
    )
    return app


@contextlib.asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
    asyncio.get_running_loop().set_default_executor(threads)
    yield


async def _answer(box: Box, metrics: Metrics, request: Request) -> Response:
    target = request.headers.get("x-amz-target", "")
    signed = "authorization" in request.headers
    name = "unknown"
    try:
        call = wire.parse(target, signed, await _body(request))
        name = call.name
        with metrics.timed(name):
            answer = orjson.dumps(await call.operation(box, call.asked))
    except AwsError as error:
        metrics.refused(name, error.code)
        LOG.info(line("refused", operation=name, error=error.code))
        body, headers = wire.error(error)
        return _response(body, error.status, headers)
    except (*_OFFLINE, Sealed, Conflict) as error:
        LOG.warning(line("offline", operation=name, error=type(error).__name__))
        return _failure(error)
    return _response(answer, 200, {})


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > wire.LARGEST:
            raise AwsError("RequestEntityTooLargeException", "The request is too large", 413)
    return bytes(body)


def _response(body: bytes, status: int, headers: Any) -> Response:
    return Response(body, status, {"x-amzn-RequestId": str(uuid.uuid4()), **headers}, wire.TYPE)


def _failure(error: Exception) -> Response:
    reason = f"The state of user pools cannot be read: {type(error).__name__}"
    found = AwsError("InternalErrorException", reason, 500)
    if isinstance(error, Sealed):
        found = AwsError("InternalErrorException", "The state of user pools was sealed by another install", 500)
    if isinstance(error, Conflict):
        found = AwsError("ConcurrentModificationException", "Somebody else has changed the same at the same time")
    body, headers = wire.error(found)
    return _response(body, found.status, headers)


async def _failed(_: Request, error: Exception) -> Response:
    return _failure(error)


async def _missing(box: Box) -> list[str]:
    try:
        await box.pools.reachable()
    except _OFFLINE as error:
        return [f"DynamoDB ({type(error).__name__})"]
    return []
