"""Lambda's HTTP API, REST-JSON, as boto3 and the AWS CLI speak it; GET /positions, /health and /metrics are our own.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import APIRouter, FastAPI, Request, Response

from cloud.errors import AwsError, Unavailable
from cloud.serve import add_operations
from services.worker import validation
from services.worker.execution.background import Background
from services.worker.execution.invoker import Invoker
from services.worker.execution.limits import EVENT_PAYLOAD, PAYLOAD
from services.worker.functions import names
from services.worker.functions.configuration import Function
from services.worker.functions.registry import Functions
from services.worker.mappings.registry import EventSourceMappings
from services.worker.polling.fleet import Fleet
from services.worker.polling.positions import positions

_FUNCTIONS = "/2015-03-31/functions"
_MAPPINGS = "/2015-03-31/event-source-mappings"
_THREADS = 64  # calls to the emulator that may be under way at once
# The errors whose text Lambda's model calls "Message"; the others' is "message".
_CAPITAL = frozenset({"ResourceNotFoundException", "ServiceException"})


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
    app.include_router(_functions(parts))
    app.include_router(_mappings(parts))
    add_operations(app, lambda: _missing(parts))
    app.add_exception_handler(AwsError, _aws_error)
    for offline in (ClientError, BotoCoreError, Unavailable):
        app.add_exception_handler(offline, _offline)
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


def _functions(parts: Parts) -> APIRouter:
    routes = APIRouter(prefix=_FUNCTIONS)
    functions = parts.functions

    @routes.post("")
    async def create_function(request: Request) -> Response:
        return _json(201, (await functions.create(await _body(request))).configuration)

    @routes.get("")
    @routes.get("/")
    async def list_functions() -> Response:
        return _json(200, {"Functions": [function.configuration for function in await functions.all()]})

    @routes.get("/{name}")
    async def get_function(name: str, request: Request) -> Response:
        return _json(200, _described(await functions.get(_name(name, request))))

    @routes.get("/{name}/configuration")
    async def get_function_configuration(name: str, request: Request) -> Response:
        return _json(200, (await functions.get(_name(name, request))).configuration)

    @routes.put("/{name}/configuration")
    async def update_function_configuration(name: str, request: Request) -> Response:
        function = await functions.update_configuration(_name(name, request), await _body(request))
        return _json(200, function.configuration)

    @routes.put("/{name}/code")
    async def update_function_code(name: str, request: Request) -> Response:
        return _json(200, (await functions.update_code(_name(name, request), await _body(request))).configuration)

    @routes.delete("/{name}")
    async def delete_function(name: str, request: Request) -> Response:
        await functions.delete(_name(name, request))
        await parts.invoker.forget(_name(name, request).name)
        return Response(status_code=204)

    @routes.post("/{name}/invocations")
    async def invoke(name: str, request: Request) -> Response:
        return await _invoke(parts, name, request)

    return routes


def _mappings(parts: Parts) -> APIRouter:
    routes = APIRouter()
    mappings = parts.mappings

    @routes.post(_MAPPINGS)
    @routes.post(f"{_MAPPINGS}/")
    async def create_event_source_mapping(request: Request) -> Response:
        return _json(202, (await mappings.create(await _body(request))).reply())

    @routes.get(_MAPPINGS)
    @routes.get(f"{_MAPPINGS}/")
    async def list_event_source_mappings(request: Request) -> Response:
        wanted = request.query_params
        found = await mappings.all(wanted.get("FunctionName"), wanted.get("EventSourceArn"))
        return _json(200, {"EventSourceMappings": [mapping.reply() for mapping in found]})

    @routes.get(f"{_MAPPINGS}/{{mapping_id}}")
    async def get_event_source_mapping(mapping_id: str) -> Response:
        return _json(200, (await mappings.get(mapping_id)).reply())

    @routes.put(f"{_MAPPINGS}/{{mapping_id}}")
    async def update_event_source_mapping(mapping_id: str, request: Request) -> Response:
        return _json(202, (await mappings.update(mapping_id, await _body(request))).reply())

    @routes.delete(f"{_MAPPINGS}/{{mapping_id}}")
    async def delete_event_source_mapping(mapping_id: str) -> Response:
        return _json(202, (await mappings.delete(mapping_id)).reply())

    @routes.get("/positions")
    async def read_positions() -> Response:
        """Not Lambda's API: how far each shard of each mapping is done, and which replica reads it."""
        return _json(200, positions(await mappings.all(), await parts.fleet.leases.all()))

    return routes


async def _invoke(parts: Parts, text: str, request: Request) -> Response:
    kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
    validation.check("Invoke", {"FunctionName": text, "InvocationType": kind})
    name = _name(text, request)
    payload = await _payload(request, EVENT_PAYLOAD if kind == "Event" else PAYLOAD)
    if kind != "RequestResponse":
        await parts.functions.find(name)
        request_id = parts.background.accept(name, payload) if kind == "Event" else str(uuid.uuid4())
        return Response(status_code=202 if kind == "Event" else 204, headers={"x-amzn-RequestId": request_id})
    result = await parts.invoker.invoke(name, payload, client_context=request.headers.get("x-amz-client-context", ""))
    headers = {"x-amzn-RequestId": result.request_id, "X-Amz-Executed-Version": result.version}
    if result.error:
        headers["X-Amz-Function-Error"] = result.error
    if request.headers.get("x-amz-log-type") == "Tail":
        headers["X-Amz-Log-Result"] = result.log_result()
    return Response(result.payload, media_type="application/json", headers=headers)


def _name(text: str, request: Request) -> names.FunctionName:
    return names.parse(text, request.query_params.get("Qualifier"))


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise AwsError("SerializationException", f"The request's body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request's body must be a JSON object")
    return body


async def _payload(request: Request, limit: int) -> bytes:
    """The event, checked; a larger one is refused before it is read to its end."""
    payload = bytearray()
    async for chunk in request.stream():
        payload += chunk
        if len(payload) > limit:
            raise AwsError(
                "RequestTooLargeException",
                f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
                413,
            )
    try:
        orjson.loads(payload or b"{}")
    except orjson.JSONDecodeError as error:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {error}") from error
    return bytes(payload or b"{}")


def _described(function: Function) -> dict[str, Any]:
    code = {"RepositoryType": "S3", "Location": function.folder.as_uri()}
    return {"Configuration": function.configuration, "Code": code, "Tags": function.tags}


async def _missing(parts: Parts) -> list[str]:
    return parts.fleet.troubles()


def _json(status: int, body: Any) -> Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(orjson.dumps(body), status, headers, "application/json")


async def _aws_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, AwsError)
    word = "Message" if error.code in _CAPITAL else "message"
    body = {"Type": "Service" if error.status >= 500 else "User", word: error.message}
    response = _json(error.status, body)
    response.headers["x-amzn-ErrorType"] = error.code
    return response


async def _offline(request: Request, error: Exception) -> Response:
    return await _aws_error(request, AwsError("ServiceException", f"The worker's state cannot be read: {error}", 500))
