"""The guard before every box: requests that a foreign web page makes a browser send are refused.

All boxes listen on this machine without a password, so any page open in a browser here could drive them. Two headers
tell such a request: Origin, which browsers add and pages cannot change, and Host, which differs from ours when the
page's own name was pointed at 127.0.0.1 (DNS rebinding). Pure ASGI: it stands before FastAPI and before MiniStack.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSAL = b'{"message":"Forbidden: this Host or Origin is not one of this machine\'s own"}'


def allowed_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """This machine's own names, and those in FOGBANK_ALLOWED_HOSTS (comma separated: service names, a LAN address)."""
    extra = environ.get("FOGBANK_ALLOWED_HOSTS", "")
    return LOOPBACK | {name.strip().lower() for name in extra.split(",") if name.strip()}


class Guard:
    """ASGI middleware: 403 for a foreign Host or Origin, on HTTP and on WebSocket handshakes alike."""

    def __init__(self, app: App, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self.admits(scope["headers"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(send)
        else:
            await receive()  # the protocol wants the connect event taken before the answer
            await send({"type": "websocket.close", "code": 1008})

    def admits(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether the headers' Host and Origin, where present, are all this machine's own."""
        for name, value in headers:
            if name == b"host" and not self._ours("//" + value.decode("latin-1")):
                return False
            if name == b"origin" and not self._ours(value.decode("latin-1")):
                return False
        return True

    def _ours(self, address: str) -> bool:
        host = _hostname(address)
        # An S3 bucket may be addressed as bucket.localhost; no name below localhost can belong to anybody else.
        return host in self.hosts or host.endswith(".localhost")


@lru_cache(maxsize=256)
def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_REFUSAL)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})
