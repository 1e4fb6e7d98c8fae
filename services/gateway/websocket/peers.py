"""The other replicas of the gateway: what is for a connection that one of them holds is passed on to it."""

from collections.abc import Awaitable, Callable

from services.gateway.messages import CallFailed, CallTimedOut, Headers, HttpCall, Reply

FORWARDED = "x-fogbank-forwarded"
"""Marks a call of @connections that comes from another replica: it is not passed on again."""
_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
"""Less than the whole: who cannot be reached is told from who does not answer."""


class Peers:
    """Calls them. http: the gateway's plain calls, which raise CallTimedOut and CallFailed."""

    def __init__(self, http: Callable[[HttpCall], Awaitable[Reply]]) -> None:
        self._http = http

    async def forward(self, replica: str, method: str, path: str, body: bytes) -> Reply:
        """A call of @connections, made again at the replica that holds the connection; raises as http does."""
        marks = [(FORWARDED, "1"), ("Authorization", "AWS4-HMAC-SHA256 forwarded")]
        return await self._call(method, replica + path, body, marks)

    async def is_there(self, replica: str) -> bool:
        """Whether anybody answers at a replica's address, well or not."""
        try:
            await self._call("GET", f"{replica}/health")
        except CallFailed as error:
            return not error.unsent
        except CallTimedOut:
            return True
        return True

    async def _call(self, method: str, url: str, body: bytes = b"", headers: Headers | None = None) -> Reply:
        # A replica knows itself as this machine, whatever name it is reached by.
        sent = [("Host", "localhost"), *(headers or ())]
        return await self._http(HttpCall(method, url, body, sent, _SECONDS, connect=_CONNECT_SECONDS))
