"""Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

import uuid

import orjson
from fastapi import APIRouter, Request, Response

from cloud.errors import AwsError
from services.worker import validation
from services.worker.events.queue import EventQueue
from services.worker.execution.invoker import Invoker
from services.worker.execution.limits import EVENT_PAYLOAD, PAYLOAD
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.routes import wire


def routes(functions: Functions, invoker: Invoker, events: EventQueue) -> APIRouter:
    """RequestResponse waits for the answer; Event is answered once it is stored; DryRun runs nothing."""
    router = APIRouter(prefix=wire.FUNCTIONS)

    @router.post("/{name}/invocations")
    async def invoke(name: str, request: Request) -> Response:
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        validation.check("Invoke", {"FunctionName": name, "InvocationType": kind})
        function = wire.name(name, request)
        payload = await _payload(request, EVENT_PAYLOAD if kind == "Event" else PAYLOAD)
        if kind == "RequestResponse":
            return await _run(invoker, function, payload, request)
        await functions.find(function)
        request_id = await events.accept(function, payload) if kind == "Event" else str(uuid.uuid4())
        return Response(status_code=202 if kind == "Event" else 204, headers={"x-amzn-RequestId": request_id})

    return router


async def _run(invoker: Invoker, function: FunctionName, payload: bytes, request: Request) -> Response:
    result = await invoker.invoke(function, payload, client_context=request.headers.get("x-amz-client-context", ""))
    headers = {"x-amzn-RequestId": result.request_id, "X-Amz-Executed-Version": result.version}
    if result.error:
        headers["X-Amz-Function-Error"] = result.error
    if request.headers.get("x-amz-log-type") == "Tail":
        headers["X-Amz-Log-Result"] = result.log_result()
    return Response(result.payload, media_type="application/json", headers=headers)


async def _payload(request: Request, limit: int) -> bytes:
    payload = await wire.read(request, limit, "InvokeFunction") or b"{}"
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {error}") from error
    return payload
