"""Calls to AWS services: signed raw HTTP over kept connections. No boto3 here, it would cost more than all the rest."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from cloud.errors import AwsError
from services.gateway.messages import CallFailed, CallTimedOut, Reply, ServiceCall

# Below the 5 s after which the servers here close an idle connection: a request must not meet a closing one.
_KEEP_ALIVE = 2.0
_CONNECTIONS = 512


class Outbound:
    """The gateway's way out. endpoint: boto3's name of a service -> its address, "http://127.0.0.1:4566"."""

    def __init__(self, endpoint: Callable[[str], str], credentials: Credentials, region: str) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._region = region
        self._session: aiohttp.ClientSession | None = None

    async def call(self, call: ServiceCall) -> Reply:
        """Make one call. Raises CallTimedOut and CallFailed; any status that comes back is a Reply."""
        url = self._endpoint(call.service).rstrip("/") + call.path
        if call.query:
            url += "?" + urlencode(call.query)
        headers = self._signed(call, url)
        return await self._send(call.method, url, call.body, headers, call.timeout)

    async def fetch(self, service: str, path: str, timeout: float) -> Reply:
        """An unsigned GET from a service's endpoint; raises as call does."""
        return await self._send("GET", self._endpoint(service).rstrip("/") + path, b"", {}, timeout)

    async def ask(self, service: str, target: str, body: Mapping[str, Any], timeout: float = 5.0) -> Any:
        """One action of a JSON service ("DynamoDB_20120810.GetItem"). Raises AwsError besides what call raises."""
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
        reply = await self.call(ServiceCall(service, "POST", "/", orjson.dumps(body), headers, timeout=timeout))
        try:
            result = orjson.loads(reply.body or b"{}")
        except ValueError as error:
            raise CallFailed(f"{target}: the answer is no JSON") from error
        if reply.status >= 300:
            raise AwsError(error_type(result), str(result.get("message") or result.get("Message")), reply.status)
        return result

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _signed(self, call: ServiceCall, url: str) -> dict[str, str]:
        request = AWSRequest(call.method, url, data=call.body, headers=call.headers)
        SigV4Auth(self._credentials, call.service, self._region).add_auth(request)
        return dict(request.headers.items())

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Reply:
        limit = aiohttp.ClientTimeout(total=timeout)
        try:
            # encoded: a path that was quoted on purpose must arrive, and be signed, as it is
            target = URL(url, encoded=True)
            async with self._open().request(method, target, data=body, headers=headers, timeout=limit) as answer:
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status, named, await answer.read())
        except aiohttp.ClientConnectorError as error:
            raise CallFailed(str(error), unsent=True) from error
        except TimeoutError as error:
            raise CallTimedOut(f"{method} {url}") from error
        except aiohttp.ClientError as error:
            raise CallFailed(f"{type(error).__name__}: {error}") from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def error_type(body: Any) -> str:
    """The exception's name in a JSON service's error body, without its namespace."""
    kind = body.get("__type") if isinstance(body, dict) else None
    return str(kind or "").rpartition("#")[2]
