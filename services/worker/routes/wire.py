"""What all routes share: reading a request's body, answering JSON, wording errors as Lambda does.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

import uuid
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

from cloud.errors import AwsError
from services.worker.functions import names

FUNCTIONS = "/2015-03-31/functions"
_BODY = 70167211  # bytes: a zip of 50 MB in base64, and what stands around it
# The errors whose text Lambda's model calls "Message"; the others' is "message".
_CAPITAL = frozenset({"ResourceNotFoundException", "ServiceException", "InvalidRuntimeException"})


def name(text: str, request: Request) -> names.FunctionName:
    """The function that the path and the Qualifier name."""
    return names.parse(text, request.query_params.get("Qualifier"))


async def body(request: Request) -> dict[str, Any]:
    """The request's JSON object; SerializationException when it is none."""
    text = await read(request, _BODY, "CreateFunction")
    try:
        parsed = orjson.loads(text or b"{}")
    except orjson.JSONDecodeError as error:
        raise AwsError("SerializationException", f"The request's body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise AwsError("SerializationException", "The request's body must be a JSON object")
    return parsed


async def read(request: Request, limit: int, operation: str) -> bytes:
    """The request's body; one of more than limit bytes is refused before it is read to its end."""
    text = bytearray()
    async for chunk in request.stream():
        text += chunk
        if len(text) > limit:
            raise AwsError(
                "RequestTooLargeException",
                f"Request must be smaller than {limit} bytes for the {operation} operation",
                413,
            )
    return bytes(text)


def answer(status: int, content: Any) -> Response:
    """A JSON answer with a request id of its own."""
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(orjson.dumps(content), status, headers, "application/json")


def add_errors(app: FastAPI, *offline: type[Exception]) -> None:
    """Answer AwsError as Lambda does, and errors that say that the worker's state is out of reach with a 500."""
    app.add_exception_handler(AwsError, _aws_error)
    for error in offline:
        app.add_exception_handler(error, _offline)


async def _aws_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, AwsError)
    word = "Message" if error.code in _CAPITAL else "message"
    content = {"Type": "Service" if error.status >= 500 else "User", word: error.message}
    if reason := getattr(error, "reason", None):
        content["Reason"] = reason
    response = answer(error.status, content)
    response.headers["x-amzn-ErrorType"] = error.code
    return response


async def _offline(request: Request, error: Exception) -> Response:
    return await _aws_error(request, AwsError("ServiceException", f"The worker's state cannot be read: {error}", 500))
