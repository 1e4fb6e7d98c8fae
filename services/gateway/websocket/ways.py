"""The ways out: AWS's services, HTTP integrations, and the other replicas of the gateway."""

from collections.abc import Awaitable, Callable, Mapping

import aiohttp
from yarl import URL

from services.gateway.messages import CallFailed, CallTimedOut, Reply, ServiceCall

FORWARDED = "x-fogbank-forwarded"
"""Marks a call of @connections that comes from another replica: it is not passed on again."""
_FORWARD_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
# Below the 5 s after which the servers here close an idle connection: a request must not meet a closing one.
_KEEP_ALIVE = 2.0


class Ways:
    """Makes calls. service: the gateway's signed calls of AWS's services."""

    def __init__(self, service: Callable[[ServiceCall], Awaitable[Reply]]) -> None:
        self._service = service
        self._session: aiohttp.ClientSession | None = None

    async def service(self, call: ServiceCall) -> Reply:
        """A signed call. Raises CallTimedOut and CallFailed."""
        return await self._service(call)

    async def http(self, method: str, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Reply:
        """A plain call of an address; raises as service does."""
        limit = aiohttp.ClientTimeout(total=timeout, sock_connect=_CONNECT_SECONDS)
        try:
            target = URL(url, encoded=True)
            async with self._open().request(method, target, data=body, headers=headers, timeout=limit) as answer:
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status, named, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise CallFailed(str(error), unsent=True) from error
        except TimeoutError as error:
            raise CallTimedOut(f"{method} {target.origin()}") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise CallFailed(f"{type(error).__name__}: {error}") from error

    async def forward(self, replica: str, method: str, path: str, body: bytes) -> Reply:
        """A call of @connections, made again at the replica that holds the connection; raises as service does."""
        # The other replica knows itself as this machine, whatever name it is reached by.
        headers = {FORWARDED: "1", "Host": "localhost", "Authorization": "AWS4-HMAC-SHA256 forwarded"}
        return await self.http(method, replica + path, body, headers, _FORWARD_SECONDS)

    async def is_there(self, replica: str) -> bool:
        """Whether anybody answers at a replica's address, well or not."""
        try:
            await self.http("GET", f"{replica}/health", b"", {"Host": "localhost"}, _CONNECT_SECONDS)
        except CallFailed as error:
            return not error.unsent
        except CallTimedOut:
            return True
        return True

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=_KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
