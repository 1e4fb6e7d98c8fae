"""The limits that every box has: of a request's size, of the time that it may take, of connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn

from cloud.connections import limited
from cloud.guard import Receive, Scope, Send
from cloud.wait import until_async
from tests.ports import free_port

LARGEST = 100_000  # bytes
SECONDS = 3.0
MOST = 20  # connections
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the number of bytes of the body."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(b"%d" % size))]}
    )
    await send({"type": "http.response.body", "body": b"%d" % size})


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """A server with small limits; its port."""
    port = free_port()
    protocol = limited(SECONDS, MOST, LARGEST)
    server = uvicorn.Server(uvicorn.Config(count, port=port, http=protocol, log_config=None, lifespan="off"))

    async def started() -> bool:
        return server.started

    running = asyncio.create_task(server.serve())
    try:
        await until_async(started, 60, what="the server", interval=0.01)
        yield port
    finally:
        server.should_exit = True
        await running


async def answer(port: int, *sent: bytes) -> bytes:
    """All that the server says to this before it hangs up, or to a whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for chunk in sent:
            writer.write(chunk)
            await writer.drain()
    said = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(60):
            while not (b"\r\n\r\n" in said and said.startswith(b"HTTP/1.1 200")) and (more := await reader.read(4096)):
                said += more
    writer.close()
    return said


async def test_a_body_up_to_the_limit_is_taken_and_a_larger_one_is_not_kept() -> None:
    """By its length or in chunks; 413, and nothing more of it is read. The next caller is served."""
    chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serving() as port:
        fits = await answer(port, HEAD + b"Content-Length: 100000\r\n\r\n", b"x" * LARGEST)
        long = await answer(port, HEAD + b"Content-Length: 900000\r\n\r\n", b"x" * (LARGEST + 1))
        endless = await answer(port, chunked, *[chunk] * 11)
        again = await answer(port, chunked, *[chunk] * 10, b"0\r\n\r\n")

    assert fits.endswith(b"\r\n\r\n100000")
    assert long.startswith(b"HTTP/1.1 413 ")
    assert endless.startswith(b"HTTP/1.1 413 ")
    assert again.endswith(b"\r\n\r\n100000")


async def test_who_keeps_the_server_waiting_is_hung_up_on() -> None:
    """Nothing at all, half a head, half a body: the connection ends, without an answer."""
    async with serving() as port:
        said = await asyncio.gather(
            answer(port), answer(port, HEAD), answer(port, HEAD + b"Content-Length: 9\r\n\r\n", b"x")
        )

    assert set(said) == {b""}


async def test_more_connections_than_there_is_room_for_keep_nobody_out() -> None:
    """Three times as many that say nothing: callers are served all the while."""
    async with serving() as port:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 * MOST)]
        answers = [await answer(port, HEAD + b"Content-Length: 1\r\n\r\nx") for _ in range(5)]
        for _, writer in silent:
            writer.close()

    assert [one[-1:] for one in answers] == [b"1"] * 5
