"""The Lambda Runtime API, spoken to one execution environment on a port of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
The runtime in the child process asks for the next invocation and waits; its answer comes as a second request.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import h11

from cloud.guard import LOOPBACK, Guard
from services.worker.execution import failures
from services.worker.execution.limits import RESPONSE

_VERSION = "/2018-06-01/runtime"
_READ = 65536  # bytes


@dataclass(frozen=True)
class Call:
    """One invocation as the runtime gets it. deadline: epoch milliseconds."""

    request_id: str
    function_arn: str
    payload: bytes
    deadline: int
    client_context: str = ""

    def due(self, deadline: int) -> "Call":
        """The same with a deadline."""
        return replace(self, deadline=deadline)

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            **({"Lambda-Runtime-Client-Context": self.client_context} if self.client_context else {}),
        }


@dataclass(frozen=True)
class Answer:
    """What the runtime answered: the function's result, or an error's payload."""

    payload: bytes
    failed: bool = False


@dataclass
class _Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class RuntimeApi:
    """Serves one runtime. ready is done at its first request for work, or holds the answer of a failed init.

    broken: the runtime was told that its answer is too large; AWS's own clients end their process over that.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[Answer | None] = loop.create_future()
        self._calls: asyncio.Queue[Call] = asyncio.Queue(maxsize=1)
        self.broken = False
        self.taken = False  # whether the runtime has fetched the call that run() was given
        self._current = ""
        self._answer: asyncio.Future[Answer] = loop.create_future()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[Any]] = set()
        self._guard = Guard(_no_app, LOOPBACK)

    async def open(self) -> str:
        """Listen; the address for AWS_LAMBDA_RUNTIME_API."""
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def run(self, call: Call) -> Answer:
        """Hand the runtime its next invocation and wait for the answer, however long it takes."""
        self._answer = asyncio.get_running_loop().create_future()
        self._current = call.request_id
        self.taken = False
        await self._calls.put(call)
        return await self._answer

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            await _serve(reader, writer, self._respond)
        except (OSError, h11.ProtocolError, asyncio.CancelledError):
            pass  # the runtime went away or was stopped; who waits for its answer watches the process
        finally:
            self._connections.discard(task)
            writer.close()

    async def _respond(self, request: h11.Request, body: bytes, size: int) -> _Reply:
        path = request.target.decode()
        if not self._guard.admits(request.headers):
            return _Reply(403)
        if path == f"{_VERSION}/invocation/next":
            return await self._next()
        if path == f"{_VERSION}/init/error":
            if not self.ready.done():
                self.ready.set_result(Answer(body, failed=True))
            return _Reply(202)
        if path == f"{_VERSION}/invocation/{self._current}/response":
            return self._finish(body, size, failed=False)
        if path == f"{_VERSION}/invocation/{self._current}/error":
            return self._finish(body, size, failed=True)
        return _Reply(400, body=b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')

    async def _next(self) -> _Reply:
        if not self.ready.done():
            self.ready.set_result(None)
        call = await self._calls.get()
        self.taken = True
        return _Reply(200, call.headers(), call.payload)

    def _finish(self, body: bytes, size: int, *, failed: bool) -> _Reply:
        fits = size <= RESPONSE
        self.broken = self.broken or not fits
        if not self._answer.done():
            answer = Answer(body, failed) if fits else Answer(failures.response_too_large(size), failed=True)
            self._answer.set_result(answer)
        self._current = ""
        return _Reply(202) if fits else _Reply(413)


async def _serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    respond: Callable[[h11.Request, bytes, int], Awaitable[_Reply]],
) -> None:
    """respond gets a request, its body up to what an answer may have, and the size of the whole body."""
    connection = h11.Connection(h11.SERVER)
    while connection.our_state is h11.IDLE:
        request = await _event(connection, reader)
        if not isinstance(request, h11.Request):
            return
        if connection.they_are_waiting_for_100_continue:  # as curl is, with a large answer
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            writer.write(connection.send(go_on) or b"")
        body, size = bytearray(), 0
        while isinstance(part := await _event(connection, reader), h11.Data):
            size += len(part.data)
            body += part.data[: RESPONSE - len(body)]
        await _send(connection, writer, await respond(request, bytes(body), size))
        with contextlib.suppress(h11.LocalProtocolError):  # the other side asked to close
            connection.start_next_cycle()


async def _event(connection: h11.Connection, reader: asyncio.StreamReader) -> Any:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_READ))
    return event


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, reply: _Reply) -> None:
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    for event in (
        h11.Response(status_code=reply.status, headers=headers),
        h11.Data(data=reply.body),
        h11.EndOfMessage(),
    ):
        writer.write(connection.send(event) or b"")
    await writer.drain()


async def _no_app(*_: Any) -> None:
    """The guard is asked here, never called."""
