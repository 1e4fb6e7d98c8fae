"""Thousands of WebSocket clients in one process, which open, and count what they are told.

websockets' own connections take 60 KB each and several tasks; its protocol alone takes a tenth of that.
"""

import asyncio
import resource
from collections.abc import Callable, Sequence
from typing import cast

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

AT_ONCE = 16  # handshakes under way
PATIENCE = 30.0  # seconds for a handshake
ATTEMPTS = 5
OWN_FILES = 200


class _Socket(asyncio.Protocol):
    """One connection. heard: told every text."""

    def __init__(self, address: str, heard: Callable[[bytes], None]) -> None:
        self._protocol = ClientProtocol(parse_uri(address))
        self._heard = heard
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    self._heard(bytes(event.data))
            elif not self.opened.done():
                self._settle()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed in the handshake"))

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.abort()

    def _settle(self) -> None:
        if error := self._protocol.handshake_exc:
            self.opened.set_exception(ConnectionError(str(error)))
        else:
            self.opened.set_result(None)

    def _flush(self) -> None:
        assert self._transport
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)


class Sockets:
    """Clients of one address. heard: told every text that any of them gets."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._open: list[_Socket] = []

    async def open(self, address: str, tokens: Sequence[str]) -> None:
        """One for each token; raises OSError when one does not get in however often it tries."""
        _allow_files(len(tokens))
        turnstile = asyncio.Semaphore(AT_ONCE)

        async def enter(token: str) -> None:
            async with turnstile:
                self._open.append(await self._connected(f"{address}?token={token}"))

        await asyncio.gather(*map(enter, tokens))

    def close(self) -> None:
        """Hang up all."""
        for one in self._open:
            one.close()

    async def _connected(self, address: str) -> _Socket:
        where = parse_uri(address)
        for left in reversed(range(ATTEMPTS)):
            try:
                async with asyncio.timeout(PATIENCE):
                    _, socket = await asyncio.get_running_loop().create_connection(
                        lambda: _Socket(address, self._heard), where.host, where.port
                    )
                    await socket.opened
            except OSError:
                if not left:
                    raise
            else:
                return socket
        raise AssertionError("the last attempt returns or raises")


def _allow_files(number: int) -> None:
    """Raise this process's limit of open files as far as it takes, and as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number + OWN_FILES:
        wanted = number + OWN_FILES
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )
