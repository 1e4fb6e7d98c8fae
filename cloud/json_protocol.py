"""AWS's JSON protocol, as the boxes answer it: POST / with X-Amz-Target naming the action, errors with a __type.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import botocore.session
import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.validate import ParamValidator
from fastapi import FastAPI, Request, Response

from cloud.errors import AwsError, Unavailable

Action = Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]
LIMIT = 1_000_000  # bytes of a request


class Protocol:
    """service: botocore's name of it; target: what X-Amz-Target begins with; invalid: the error for a bad request."""

    def __init__(self, service: str, target: str, invalid: str, actions: Mapping[str, Action]) -> None:
        self.service = service
        self.target = target
        self.invalid = invalid
        self.actions = actions

    def add_to(self, app: FastAPI) -> None:
        """Add POST / to a box."""

        @app.post("/")
        async def call(request: Request) -> Response:
            try:
                return _answer(200, await self._call(request))
            except AwsError as error:
                return _answer(error.status, {"__type": error.code, "message": error.message, "Message": error.message})
            except (ClientError, BotoCoreError, Unavailable) as error:
                text = f"What this needs does not answer: {error}"
                return _answer(500, {"__type": "InternalServerException", "message": text, "Message": text})

    async def _call(self, request: Request) -> Mapping[str, Any]:
        prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
        if prefix != self.target or name not in self.actions:
            raise AwsError("UnknownOperationException", f"{prefix}.{name} is not supported")
        parameters = await _body(request)
        report = ParamValidator().validate(parameters, _model(self.service).operation_model(name).input_shape)
        if report.has_errors():
            raise AwsError(self.invalid, report.generate_report())
        return await self.actions[name](parameters)


async def _body(request: Request) -> dict[str, Any]:
    text = bytearray()
    async for chunk in request.stream():
        text += chunk
        if len(text) > LIMIT:
            raise AwsError("SerializationException", f"a request is at most {LIMIT} bytes", 413)
    try:
        parsed = orjson.loads(text or b"{}")
    except orjson.JSONDecodeError as error:
        raise AwsError("SerializationException", f"the request is no JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise AwsError("SerializationException", "the request is no JSON object")
    return parsed


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _answer(status: int, content: Mapping[str, Any]) -> Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(orjson.dumps(content), status, headers, "application/x-amz-json-1.1")
