"""Asking a box how it is, and the relay before the worker's replicas."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stack import relay
from stack.health import missing

ANSWERS = {
    "/fine": (200, {"status": "ok"}),
    "/lacking": (503, {"status": "unavailable", "missing": ["stream Input", "table Board"]}),
    "/odd": (500, ["?"]),
}


class _Box(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""


@pytest.fixture
def box() -> Iterator[str]:
    """A server that answers in several ways."""
    with HTTPServer(("127.0.0.1", 0), _Box) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/fine", ""), ("/lacking", "misses stream Input, table Board"), ("/odd", "answers 500")],
)
def test_a_box_says_what_it_lacks(box: str, path: str, reason: str) -> None:
    """The reason is what `make up` shows while it waits."""
    assert reason == missing(box + path)


def test_a_box_that_does_not_run_is_not_healthy() -> None:
    """A refused connection is an answer too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert missing(f"http://127.0.0.1:{port}/health") == "does not listen yet"


async def test_the_relay_hands_bytes_through_and_closes_with_either_side() -> None:
    """What comes in goes to a replica, its answer comes back, and the end of one connection ends the other."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as replica:
        port = replica.sockets[0].getsockname()[1]

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await relay.relay(reader, writer, "127.0.0.1", port)

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as front:
            reader, writer = await asyncio.open_connection(*front.sockets[0].getsockname())
            writer.write(b"list functions\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()

    assert answer == b"LIST FUNCTIONS\n"


async def test_the_relay_refuses_when_no_replica_runs() -> None:
    """The caller's connection is closed instead of hanging."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(ConnectionRefusedError):
        await relay.connect("127.0.0.1", port)
