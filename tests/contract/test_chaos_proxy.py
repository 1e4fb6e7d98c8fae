"""The proxy of fault runs does what it is told, no more and no less."""

import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from chaos.way import Way, beside
from cloud.wait import until
from tests.ports import free_port

KINESIS = {"X-Amz-Target": "Kinesis_20131202.PutRecord"}


class Upstream(http.server.ThreadingHTTPServer):
    """Answers every call with what it was sent, and counts them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.calls: list[str] = []


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Upstream)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(f"{self.path} {self.headers.get('X-Amz-Target')}")
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-requestid", "r")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A server in a thread."""
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[tuple[Way, httpx.Client]]:
    """The proxy to it, and a client of the proxy."""
    port = free_port()
    with (
        beside(port, f"http://127.0.0.1:{upstream.server_port}") as open_way,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        yield open_way, client


def test_a_call_passes_as_it_is(proxy: tuple[Way, httpx.Client], upstream: Upstream) -> None:
    """Path with what is quoted in it, headers and body there; status, headers and body back."""
    body = bytes(range(256)) * 4000
    answer = proxy[1].post("/a%20b/c?d=%2Fe", content=body, headers=KINESIS)

    assert (answer.status_code, answer.content, answer.headers["x-amzn-requestid"]) == (201, body, "r")
    assert upstream.calls == ["/a%20b/c?d=%2Fe Kinesis_20131202.PutRecord"]


def test_each_kind_of_fault(proxy: tuple[Way, httpx.Client], upstream: Upstream) -> None:
    """error and throttle answer instead of the emulator, cut ends the call before it is made, lose after it."""
    open_way, client = proxy
    open_way.mode("error", 1.0)
    assert client.post("/", content=b"x").status_code == 500
    open_way.mode("throttle", 1.0)
    refused = client.post("/", content=b"x", headers=KINESIS)
    assert (refused.status_code, refused.json()["__type"]) == (400, "ProvisionedThroughputExceededException")
    open_way.mode("cut", 1.0)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/", content=b"x")
    assert upstream.calls == []
    open_way.mode("lose", 1.0)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/", content=b"x")
    assert len(upstream.calls) == 1


def test_a_call_is_made_twice(proxy: tuple[Way, httpx.Client], upstream: Upstream) -> None:
    """As by a client that tries again what had arrived; the caller hears once."""
    proxy[0].mode("repeat", 1.0)

    assert proxy[1].post("/twice", content=b"x").content == b"x"
    assert len(upstream.calls) == 2


def test_a_call_is_overtaken_by_a_later_one(proxy: tuple[Way, httpx.Client], upstream: Upstream) -> None:
    """The first waits until the second was answered."""
    open_way, client = proxy
    open_way.mode("reorder", 1.0, patience=60)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/first", content=b"x")
        until(lambda: open_way.mode("reorder", 1.0, patience=60) == 1, 60, what="the first call to arrive")
        open_way.mode("pass")
        assert client.post("/second", content=b"x").status_code == 201
        assert first.result().status_code == 201

    assert [call.split()[0] for call in upstream.calls] == ["/second", "/first"]


def test_what_has_no_throttle_is_not_throttled(proxy: tuple[Way, httpx.Client]) -> None:
    """S3 and the user pools have no such error."""
    proxy[0].mode("throttle", 1.0)

    assert proxy[1].post("/bucket/key", content=b"x").status_code == 201


def test_only_the_share_that_is_asked_for_is_met(proxy: tuple[Way, httpx.Client]) -> None:
    """The same calls by the same seed; afterwards none."""
    open_way, client = proxy
    open_way.mode("error", 0.3)
    statuses = [client.post("/", content=b"x").status_code for _ in range(100)]
    met = open_way.mode("pass")

    assert statuses.count(500) == met
    assert 10 < met < 55
    assert client.post("/", content=b"x").status_code == 201
