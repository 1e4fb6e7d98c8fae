"""The shell around the pipeline: HTTP in and out, and the calls that a request's way asks for.

Plain ASGI below FastAPI's catch-all: a request's own CPU time counts here more than anywhere else in the project.
"""

import logging
import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from cloud.guard import Receive, Scope, Send
from cloud.log import line
from services.gateway.calls import Calls, drive
from services.gateway.exchange import Exchange, Ids
from services.gateway.messages import Request, Response
from services.gateway.pipeline import Deployment, Pipeline
from services.gateway.responses import GatewayError, forbidden, render
from services.gateway.routes import split
from services.gateway.telling import Telling

LOG = logging.getLogger(__name__)
MAX_BODY = 10_485_760
_BODILESS = frozenset({204, 304})
_OURS = frozenset({"content-length", "transfer-encoding"})
"""Where a response ends is said here alone: a function that says it too would have clients wait for chunks."""
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_TOO_LARGE = Response(
    413,
    [("Content-Type", "text/plain"), ("x-amzn-ErrorType", "RequestTooLargeException"), ("Connection", "close")],
    f"HTTP content length exceeded {MAX_BODY} bytes.".encode(),
)


class Gone(Exception):
    """The client hung up before its request was whole."""


class Front:
    """The ASGI application behind every path that is an API's."""

    def __init__(
        self,
        pipeline: Pipeline,
        deployments: Mapping[tuple[str, str], Deployment],
        calls: Calls,
        telling: Telling,
    ) -> None:
        self._pipeline = pipeline
        self._deployments = deployments
        self._calls = calls
        self._telling = telling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = read_head(scope)
        try:
            body = await read_body(scope, receive)
        except Gone:  # the client hung up in the middle: there is nobody to answer, and half a body to serve
            self._telling.refused(request, 499, started)
            return
        deployment = self._deployments.get((request.api, request.stage))
        if deployment is None or body is None:
            await self._refuse(deployment, request, body, send, started)
            return
        request.body = body
        exchange = self._pipeline.begin(deployment, request)
        response = await self._respond(deployment, exchange)
        await _send(send, response)
        self._telling.answered(deployment, exchange, response, started)

    async def _refuse(
        self, deployment: Deployment | None, request: Request, body: bytes | None, send: Send, started: float
    ) -> None:
        if deployment is None:
            response = _TOO_LARGE if body is None else forbidden()
            await _send(send, response)
            self._telling.refused(request, response.status, started)
            return
        exchange = self._pipeline.begin(deployment, request)
        response = self._pipeline.too_large(deployment, exchange)
        await _send(send, response)
        self._telling.answered(deployment, exchange, response, started)

    async def _respond(self, deployment: Deployment, exchange: Exchange) -> Response:
        try:
            return await drive(self._pipeline.run(deployment, exchange), self._calls.perform, exchange)
        except Exception:  # a fault of ours: AWS's body for it, and the next request finds us alive
            LOG.exception(line("fault", path=exchange.request.path))
            return render(GatewayError("DEFAULT_5XX"), exchange, deployment.api.customised)


def new_ids() -> Ids:
    """Fresh ids, all from one draw of the system's randomness."""
    noise = os.urandom(35).hex()
    uuid = f"{noise[:8]}-{noise[8:12]}-4{noise[13:16]}-{'89ab'[int(noise[16], 16) & 3]}{noise[17:20]}-{noise[20:32]}"
    return Ids(request=uuid, extended=f"{noise[32:47]}=", trace=noise[46:70])


def read_head(scope: Scope) -> Request:
    """The request without its body. /{api}/{stage}/{path}; what is too short has an empty API or stage."""
    raw = scope.get("raw_path") or scope["path"].encode()
    parts = raw.decode("latin-1").split("/", 3)
    rest = "/" + parts[3] if len(parts) > 3 else "/"
    query = scope["query_string"]
    client = scope.get("client")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return Request(
        api=unquote(parts[1]) if len(parts) > 1 else "",
        stage=unquote(parts[2]) if len(parts) > 2 else "",
        method=scope["method"],
        path=unquote(rest),
        segments=[unquote(part) for part in split(rest)] if "%" in rest else split(rest),
        headers=headers,
        query=parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else [],
        source_ip=client[0] if client else "127.0.0.1",
        protocol=f"HTTP/{scope.get('http_version', '1.1')}",
        raw_path=raw.decode("latin-1"),
        raw_query=query.decode("latin-1"),
        size=len(raw) + len(query) + sum([len(value) for _, value in headers]),
    )


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is known to be over the limit; what is over is never kept.

    Raises Gone when the client hung up before its end.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > MAX_BODY:
            return None
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        return body if len(body) <= MAX_BODY else None
    # One buffer that grows: chunks kept apart and joined would need the body's size twice.
    whole = bytearray(body)
    while message.get("more_body"):
        message = await receive()
        whole += message.get("body", b"")
        if len(whole) > MAX_BODY:
            return None
    if message["type"] == "http.disconnect":
        raise Gone
    return bytes(whole)


async def _send(send: Send, response: Response) -> None:
    headers = [(known, _value(value)) for name, value in response.headers if (known := _name(name))]
    body = b"" if response.status in _BODILESS else response.body
    if response.status not in _BODILESS:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=1024)
def _name(name: str) -> bytes:
    """Nothing for what is no header's name, or ours to send."""
    return name.encode("ascii") if _TOKEN.fullmatch(name) and name.lower() not in _OURS else b""


def _value(value: str) -> bytes:
    if value.isascii() and value.isprintable():
        return value.encode()
    # A value from a function or a mapping must not be able to end the header and start another one.
    return _CONTROL.sub(" ", value).encode("latin-1", "replace")
