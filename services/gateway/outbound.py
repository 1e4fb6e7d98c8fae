"""The gateway's calls: signed raw HTTP to AWS's services, plain HTTP to backends, over kept connections.

No boto3 here, it would cost more than all the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from multidict import CIMultiDict
from yarl import URL

from cloud.errors import AwsError
from services.gateway.messages import CallFailed, CallTimedOut, HttpCall, Reply, ServiceCall

# Below the 5 s after which the servers here close an idle connection: a request must not meet a closing one.
_KEEP_ALIVE = 2.0
_CONNECTIONS = 512
MAX_BODY = 10_485_760
"""Bytes of an answer."""


class Outbound:
    """The gateway's way out. endpoint: boto3's name of a service -> its address, "http://127.0.0.1:4566".

    signing_name: boto3's name -> the name that signatures carry.
    """

    def __init__(
        self,
        endpoint: Callable[[str], str],
        credentials: Credentials,
        region: str,
        signing_name: Callable[[str], str] = lambda service: service,
    ) -> None:
        self._endpoint = endpoint
        self.credentials = credentials
        self._region = region
        self._signing_name = signing_name
        self._session: aiohttp.ClientSession | None = None
        self._backends: aiohttp.ClientSession | None = None

    async def call(self, call: ServiceCall) -> Reply:
        """Make one call. Raises CallTimedOut and CallFailed; any status that comes back is a Reply."""
        url = self._endpoint(call.service).rstrip("/") + call.path
        if call.query:
            url += "?" + urlencode(call.query)
        headers = self._signed(call, url)
        return await self._send(call.method, url, call.body, headers, call.timeout)

    async def http(self, call: HttpCall) -> Reply:
        """Make one call to a backend, whose redirects and encodings are the client's affair. Raises as call does."""
        if self._backends is None:
            self._backends = _session(auto_decompress=False, skip_auto_headers=("User-Agent", "Accept-Encoding"))
        headers = CIMultiDict(call.headers)
        limit = aiohttp.ClientTimeout(total=call.timeout, sock_connect=call.connect)
        options = {"allow_redirects": False, "ssl": call.verify}
        with _failures(call.method, call.url):
            return await _exchange(
                self._backends, call.method, call.url, limit, data=call.body or None, headers=headers, **options
            )

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
        for session in (self._session, self._backends):
            if session is not None:
                await session.close()

    def _signed(self, call: ServiceCall, url: str) -> dict[str, str]:
        request = AWSRequest(call.method, url, data=call.body, headers=call.headers)
        signer = S3SigV4Auth if call.service == "s3" else SigV4Auth
        signer(self.credentials, self._signing_name(call.service), self._region).add_auth(request)
        return dict(request.headers.items())

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Reply:
        if self._session is None:
            self._session = _session()
        limit = aiohttp.ClientTimeout(total=timeout)
        with _failures(method, url):
            return await _exchange(self._session, method, url, limit, data=body, headers=headers)


def _session(**options: Any) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), **options)


async def _exchange(
    session: aiohttp.ClientSession, method: str, url: str, limit: aiohttp.ClientTimeout, **options: Any
) -> Reply:
    # encoded: a path that was quoted on purpose must arrive, and be signed, as it is
    async with session.request(method, URL(url, encoded=True), timeout=limit, **options) as answer:
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, named, await _body(answer), list(answer.headers.items()))


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body. Raises CallFailed when it is larger than what API Gateway passes on."""
    if (length := answer.content_length) is not None and length <= MAX_BODY:
        return await answer.read()
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise CallFailed(f"the answer has more than {MAX_BODY} bytes")
    return bytes(body)


@contextmanager
def _failures(method: str, url: str) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise CallFailed(str(error), unsent=True) from error
    except TimeoutError as error:
        raise CallTimedOut(f"{method} {url}") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise CallFailed(f"{type(error).__name__}: {error}") from error


def error_type(body: Any) -> str:
    """The exception's name in a JSON service's error body, without its namespace."""
    kind = body.get("__type") if isinstance(body, dict) else None
    return str(kind or "").rpartition("#")[2]
