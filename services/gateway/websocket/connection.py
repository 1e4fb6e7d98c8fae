"""One connection: whose it is, since when it is used, and the way to its client."""

import asyncio
from typing import Protocol

from cloud.errors import FogbankError
from services.gateway.websocket.api import Deployment
from services.gateway.websocket.events import Client
from services.gateway.websocket.limits import Close


class Gone(FogbankError):
    """The connection is not open: not yet, or no longer."""


class BufferFull(FogbankError):
    """The client does not read what it is sent."""


class Socket(Protocol):
    """The way to a client. Sending to one that has left raises OSError."""

    def is_full(self) -> bool:
        """Whether more is waiting to be sent than should."""

    async def send(self, text: str) -> None:
        """Send a text message."""

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame."""


class Connection:
    """A client's connection to a deployment. active: when a message last went either way, seconds since the epoch."""

    __slots__ = ("_closing", "_socket", "active", "client", "deployment", "opened", "timer", "under_way")

    def __init__(self, client: Client, deployment: Deployment, socket: Socket) -> None:
        self.client = client
        self.deployment = deployment
        self.active = client.connected_at
        self.opened = False
        self.timer: asyncio.TimerHandle | None = None
        self.under_way: set[asyncio.Task[None]] = set()
        """Messages that an integration has not answered yet."""
        self._socket = socket
        self._closing = False

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent to it."""
        return self.opened and not self._closing

    async def post(self, text: str, now: float) -> None:
        """Send a text message. Raises Gone and BufferFull."""
        if not self.is_open:
            raise Gone(self.client.connection_id)
        if self._socket.is_full():
            raise BufferFull(self.client.connection_id)
        try:
            await self._socket.send(text)
        except (OSError, RuntimeError) as error:  # it has closed, or begun to
            raise Gone(self.client.connection_id) from error
        self.active = now

    async def close(self, close: Close) -> None:
        """Begin to close it; once. What follows, $disconnect too, is done by whoever receives from it."""
        if self._closing:
            return
        self._closing = True
        try:
            await self._socket.close(*close)
        except (OSError, RuntimeError):  # it has closed meanwhile
            return

    def end(self) -> None:
        """It is over: nothing is sent any more, nothing fires any more."""
        self._closing = True
        if self.timer is not None:
            self.timer.cancel()
