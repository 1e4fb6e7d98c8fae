"""Connections that cost nothing for long: who sends a request too slowly, or none at all, is hung up on.

uvicorn bounds how long a connection idles between requests, not how long a request may take to arrive. A sweep over
the open connections does: one clock for all of them, nothing per request but a note of the time.
"""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SWEEP_SECONDS = 0.5
MAX_HEAD = 65_536  # bytes of a request line and headers; httptools itself knows no limit
OWN_FILES = 700
"""Left for the gateway's own connections: 512 to AWS's services, the rest."""


def limits(seconds: float, connections: int) -> dict[str, Any]:
    """Options for cloud.serve.run: these limits, and callers' addresses are their sockets', whatever they claim."""
    return {"http": limited(seconds, connections), "proxy_headers": False}


def limited(seconds: float, connections: int) -> type[HttpToolsProtocol]:
    """A protocol for uvicorn. seconds: for a request to arrive whole; connections: that may be open at once."""

    class Limited(_Connection):
        arrival = seconds
        most = _allowed(connections)

    return Limited


def _allowed(connections: int) -> int:
    """As many as the process may open files for, with some left for its own calls; the limit is raised if it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, min(connections, soft - OWN_FILES))
    return connections


class _Connection(HttpToolsProtocol):
    """waiting_since: the loop's time since which the client owes us bytes; None: it does not.

    head_bytes: what came of a head that is not whole yet; None: there is none under way.
    """

    arrival = 30.0
    most = 4000
    waiting_since: float | None = None
    head_bytes: int | None = None
    _sweeping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        if not type(self)._sweeping:
            type(self)._sweeping = True
            self.loop.call_later(SWEEP_SECONDS, self._sweep)
        if len(self.connections) > self.most:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        if self.head_bytes is not None:
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD:
                self.send_400_response("Request header fields too large.")
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self.head_bytes = None
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        self.head_bytes = 0
        super().on_message_begin()
        if self.waiting_since is None:
            self.waiting_since = self.loop.time()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.waiting_since = None

    def _sweep(self) -> None:
        late = self.loop.time() - self.arrival
        open_ones = [each for each in self.connections if isinstance(each, _Connection)]
        for each in open_ones:
            if each.waiting_since is not None and each.waiting_since < late:
                each.transport.close()
        if open_ones:
            self.loop.call_later(SWEEP_SECONDS, self._sweep)
        else:
            type(self)._sweeping = False

    def _make_room(self) -> None:
        """Hang up on whoever has kept us waiting longest, else on one that idles: no request under way is touched."""
        open_ones: list[Any] = [each for each in self.connections if isinstance(each, _Connection)]
        waiting = [each for each in open_ones if each.waiting_since is not None and each is not self]
        idle = [each for each in open_ones if each.waiting_since is None and each.cycle.response_complete]
        if waiting:
            min(waiting, key=lambda each: each.waiting_since).transport.abort()
        elif idle:
            idle[0].transport.abort()
