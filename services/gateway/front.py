"""The shell around the pipeline: HTTP in and out, and the calls that a request's way asks for.

Plain ASGI below FastAPI's catch-all: a request's own CPU time counts here more than anywhere else in the project.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from cloud.guard import Receive, Scope, Send
from cloud.log import line
from services.gateway.coalesce import TARGET, Coalescer
from services.gateway.exchange import Exchange, Ids
from services.gateway.messages import Call, CallFailed, CallTimedOut, FetchKeys, Flow, Reply, Request, Response
from services.gateway.metrics import Metrics
from services.gateway.outbound import Outbound
from services.gateway.pipeline import Deployment, Pipeline
from services.gateway.responses import GatewayError, forbidden, render
from services.gateway.routes import split

LOG = logging.getLogger(__name__)
MAX_BODY = 10_485_760

_TOO_LARGE = Response(
    413,
    [("Content-Type", "text/plain"), ("x-amzn-ErrorType", "RequestTooLargeException"), ("Connection", "close")],
    f"HTTP content length exceeded {MAX_BODY} bytes.".encode(),
)


class Front:
    """The ASGI application behind every path that is an API's. log_every: one 2xx in so many is logged, 0: none."""

    def __init__(
        self,
        pipeline: Pipeline,
        deployments: Mapping[tuple[str, str], Deployment],
        calls: "Calls",
        metrics: Metrics,
        log_every: int = 1,
    ) -> None:
        self._pipeline = pipeline
        self._deployments = deployments
        self._calls = calls
        self._metrics = metrics
        self._log_every = log_every
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = read_head(scope)
        body = await read_body(scope, receive)
        if body is None:
            await _send(send, _TOO_LARGE)
            self._record(request, "-", 413, started, "-")
            return
        request.body = body
        await self._serve(request, send, started)

    async def _serve(self, request: Request, send: Send, started: float) -> None:
        deployment = self._deployments.get((request.api, request.stage))
        if deployment is None:
            await _send(send, forbidden())
            self._record(request, "-", 403, started, "-")
            return
        exchange = self._pipeline.begin(deployment, request)
        response = await self._respond(deployment, exchange)
        await _send(send, response)
        method = getattr(exchange, "method", None)
        route = f"{method.verb} {method.resource_path}" if method else "-"
        self._record(request, route, response.status, started, exchange.ids.request)

    async def _respond(self, deployment: Deployment, exchange: Exchange) -> Response:
        try:
            return await drive(self._pipeline.run(deployment, exchange), self._calls.perform)
        except Exception:  # a fault of ours: AWS's body for it, and the next request finds us alive
            LOG.exception(line("fault", path=exchange.request.path))
            return render(GatewayError("DEFAULT_5XX"), exchange, deployment.api.customised)

    def _record(self, request: Request, route: str, status: int, started: float, request_id: str) -> None:
        seconds = time.perf_counter() - started
        known = request.api if (request.api, request.stage) in self._deployments else "-"
        self._metrics.request(known, route, status, seconds)
        if status < 300:
            self._served += 1
            if not self._log_every or self._served % self._log_every:
                return
        LOG.info(
            "request method=%s route=%s status=%d ms=%.1f id=%s",
            request.method, route.partition(" ")[2] or "-", status, seconds * 1000, request_id,
        )  # fmt: skip


class Calls:
    """Makes the calls that the pipeline asks for."""

    def __init__(self, outbound: Outbound, coalescer: Coalescer, fetch_keys: Callable[[str], Awaitable[Any]]) -> None:
        self._outbound = outbound
        self._coalescer = coalescer
        self._fetch_keys = fetch_keys
        self._fetching: dict[str, asyncio.Task[Any]] = {}

    async def perform(self, call: Call) -> Reply | None:
        """The call's outcome. Raises CallTimedOut and CallFailed."""
        if isinstance(call, FetchKeys):
            await self._keys(call.issuer)
            return None
        if call.service == "kinesis" and call.headers.get("X-Amz-Target") == TARGET:
            return await self._coalescer.put(call)
        return await self._outbound.call(call)

    async def _keys(self, issuer: str) -> None:
        """Everybody who needs the same keys waits for the same fetch."""
        task = self._fetching.get(issuer)
        if task is None:
            task = self._fetching[issuer] = asyncio.ensure_future(self._fetch_keys(issuer))
            task.add_done_callback(lambda _task: self._fetching.pop(issuer, None))
        await asyncio.shield(task)


async def drive(flow: Flow, perform: Callable[[Call], Awaitable[Reply | None]]) -> Response:
    """Run a request's way to its end, making the calls that it yields."""
    try:
        call = next(flow)
        while True:
            try:
                outcome = await perform(call)
            except (CallTimedOut, CallFailed) as error:
                call = flow.throw(error)
            else:
                call = flow.send(outcome)
    except StopIteration as done:
        response: Response = done.value
        return response


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
    return Request(
        api=unquote(parts[1]) if len(parts) > 1 else "",
        stage=unquote(parts[2]) if len(parts) > 2 else "",
        method=scope["method"],
        path=unquote(rest),
        segments=[unquote(part) for part in split(rest)] if "%" in rest else split(rest),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        query=parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else [],
        source_ip=client[0] if client else "127.0.0.1",
        protocol=f"HTTP/{scope.get('http_version', '1.1')}",
    )


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is known to be over the limit; what is over is never kept."""
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > MAX_BODY:
            return None
    message = await receive()
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body if len(body) <= MAX_BODY else None
    chunks, size = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            return None
    return b"".join(chunks)


async def _send(send: Send, response: Response) -> None:
    headers = [(name.encode("latin-1"), _header(value)) for name, value in response.headers]
    headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _header(value: str) -> bytes:
    # A value from a function or a mapping must not be able to end the header and start another one.
    if "\r" in value or "\n" in value:
        value = value.replace("\r", " ").replace("\n", " ")
    return value.encode("latin-1", "replace")
