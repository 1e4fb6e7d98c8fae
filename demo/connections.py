"""HTTP/1.1 for a load generator: many connections kept open, one request at a time on each, little CPU.

A general client costs 0.3 ms of CPU a request: at 800 requests a second a quarter of a core, on a machine whose cores
the stack under load needs itself. This one costs a fraction of that and does only what the gamers need: plain HTTP,
whole requests, whole answers. The parser is the one that uvicorn uses.
"""

import asyncio
from typing import cast
from urllib.parse import urlsplit

import httptools

ANSWER_TIMEOUT = 10.0  # seconds
IDLE_TIMEOUT = 3.0  # seconds; below the 5 s after which uvicorn closes a connection, or a post could meet the closing


class _Connection(asyncio.Protocol):
    """One connection to the gateway. No second request is sent before the first is answered."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._body = b""
        self._transport: asyncio.Transport | None = None
        self.idle_since = 0.0
        self.open = True

    def ask(self, request: bytes, loop: asyncio.AbstractEventLoop) -> "asyncio.Future[tuple[int, bytes]]":
        """Send a request; the future is its status and body, or an OSError."""
        assert self._transport is not None
        self._answer = loop.create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """End the connection; what waits for an answer gets an error."""
        self.open = False
        if self._transport:
            self._transport.abort()

    def give_up(self) -> None:
        """End the connection, because the answer does not come."""
        self._fail(TimeoutError(f"no answer within {ANSWER_TIMEOUT:g} s"))
        self.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of asyncio's class

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"not an HTTP answer: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._fail(exc if isinstance(exc, OSError) else ConnectionError("the connection was closed without an answer"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status, body, self._body = self._parser.get_status_code(), self._body, b""
        self.open = self._parser.should_keep_alive()
        if self._answer and not self._answer.done():
            self._answer.set_result((status, body))

    def _fail(self, error: OSError) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)


class Connections:
    """The connections to one address, as many as there are requests at the same time."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.scheme == "http", f"{address}: the simulated gamers speak plain HTTP"
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: list[_Connection] = []
        self.host_header = f"Host: {parts.netloc}\r\n".encode()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; returns the answer's status and body. Raises OSError, TimeoutError among them."""
        loop = asyncio.get_running_loop()
        connection = await self._connection(loop)
        timer = loop.call_later(ANSWER_TIMEOUT, connection.give_up)
        try:
            answer = await connection.ask(request, loop)
        except BaseException:
            connection.close()
            raise
        finally:
            timer.cancel()
        if connection.open:
            connection.idle_since = loop.time()
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close all that is idle."""
        while self._idle:
            self._idle.pop().close()

    async def _connection(self, loop: asyncio.AbstractEventLoop) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.open and loop.time() - connection.idle_since < IDLE_TIMEOUT:
                return connection
            connection.close()
        async with asyncio.timeout(ANSWER_TIMEOUT):
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
        return connection
