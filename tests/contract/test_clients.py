"""The clients that all boxes share, and connections that lead nowhere any more."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cloud import clients

READ_TIMEOUT = 2  # seconds


class Server(socketserver.ThreadingTCPServer):
    """Answers every request with {}, until it moves: then connections from before are silent, without an end.

    unheard: requests that came on such ones.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.place = 0
        self.unheard = 0
        self.ended = threading.Event()

    def move(self) -> None:
        self.place += 1


class Connection(socketserver.StreamRequestHandler):
    """One connection, kept open."""

    server: Server

    def handle(self) -> None:
        place = self.server.place
        while self._request():
            if self.server.place != place:
                self.server.unheard += 1
                self.server.ended.wait(60)
                return
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}"
            )

    def _request(self) -> bool:
        """Read one; False at the end."""
        length = 0
        while (line := self.rfile.readline()).strip():
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return bool(line and (self.rfile.read(length) or True))


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()


def test_one_answer_that_does_not_come_renews_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network has changed: one call waits for its timeout and is made again, those of other clients need not."""
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
        clients.client.cache_clear()
        dynamodb, ssm = (clients.client(name, read_timeout=READ_TIMEOUT) for name in ("dynamodb", "ssm"))
        for _ in range(2):  # the second time on connections that lead nowhere
            dynamodb.list_tables()
            ssm.describe_parameters()
            server.move()

        assert server.unheard == 1

        clients.client.cache_clear()
