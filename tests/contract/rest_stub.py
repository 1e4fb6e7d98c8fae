"""What the gateway of the REST tests talks to besides an emulator: a Lambda API, a user pool's keys, HTTP backends.

One threaded server in the test's own process. A function is a Python callable that takes the event; raising is a
function error, as Lambda reports one.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.ports import free_port
from tests.unit.gateway.support import jwks

Function = Callable[[Any], Any]
INVOKE = "/2015-03-31/functions/"


class Stub:
    """functions: by name; events: what each was invoked with; requests: what the backends got."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.functions: dict[str, Function] = {}
        self.events: list[tuple[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()
        """Set at the end: whoever still waits on purpose goes on."""

    def invoked(self, name: str) -> list[Any]:
        """The events of one function."""
        return [event for function, event in self.events if function == name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith(INVOKE):
            self._invoke(unquote(path.removeprefix(INVOKE).removesuffix("/invocations")), body)
        elif path.endswith("/.well-known/jwks.json"):
            self._answer(200, jwks(**{"kid-1": "pool"}), {"Content-Type": "application/json"})
        else:
            self._backend(path, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = handle_any

    def _invoke(self, name: str, body: bytes) -> None:
        name = name.rpartition(":")[2]
        function = self.stub.functions.get(name)
        if function is None:
            self._answer(404, b'{"Message": "Function not found"}', {"x-amzn-ErrorType": "ResourceNotFoundException"})
            return
        event = json.loads(body)
        self.stub.events.append((name, event))
        try:
            result = function(event)
        except Exception as error:  # a function's own failure, whatever it is
            failed = {"errorMessage": str(error), "errorType": type(error).__name__}
            self._answer(200, json.dumps(failed).encode(), {"X-Amz-Function-Error": "Unhandled"})
            return
        self._answer(200, result if isinstance(result, bytes) else json.dumps(result).encode(), {})

    def _backend(self, path: str, body: bytes) -> None:
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": list(self.headers.items()),
            "body": body.decode("latin-1"),
        }
        self.stub.requests.append(seen)
        if path == "/slow":
            self.stub.released.wait(20)
        if path == "/hang-up":
            self.close_connection = True
            return
        status = int(path.removeprefix("/status/")) if path.startswith("/status/") else 200
        headers = {"Content-Type": "application/json", "X-Backend": "yes", "Server": "stub", "Warning": "1"}
        self._answer(status, json.dumps({"seen": path, "status": status}).encode(), headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests say what went wrong."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who hung up on us did so on purpose, at its timeout or at the end."""


@contextmanager
def stub() -> Iterator[Stub]:
    """The server, running."""
    port = free_port()
    made = Stub(port)
    handler = type("Handler", (_Handler,), {"stub": made})
    server = _Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
