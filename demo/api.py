"""Alien Attack's REST API as a client sees it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from cloud.errors import FogbankError

ANSWER_TIMEOUT = 10  # seconds
IDLE_TIMEOUT = 3  # seconds; below the 5 s after which uvicorn closes a connection, or a post could meet the closing


class NoAnswer(FogbankError):
    """The call got no answer: nobody knows whether it was carried out."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API: HTTP status, and the body parsed when it is JSON."""

    status: int
    body: Any


class Refused(FogbankError):
    """An answer other than 200 where nothing else will do."""


class Api:
    """The calls of the API. token: what goes into the Authorization header; "" sends none."""

    def __init__(self, http: aiohttp.ClientSession, gateway: str) -> None:
        self._http = http
        self._base = f"{gateway}/alien-attack/prod/v1/"
        self._urls: dict[str, URL] = {}

    async def call(self, method: str, path: str, token: str, body: bytes | None = None) -> Reply:
        """Call e.g. ("POST", "updatestatus"). Raises NoAnswer."""
        headers = {"Authorization": token} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._http.request(method, self._url(path), data=body, headers=headers) as response:
                return Reply(response.status, _parsed(await response.read()))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswer(f"{method} {path}: {error!r}") from error

    async def insist(self, method: str, path: str, token: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call and return the body; raises Refused when the answer is not 200, and NoAnswer."""
        reply = await self.call(method, path, token, None if body is None else orjson.dumps(body))
        if reply.status != 200:
            raise Refused(f"{method} {path} answered {reply.status}: {reply.body}")
        return reply.body

    def _url(self, path: str) -> URL:
        # Parsing an address costs as much as sending the request, so each is parsed once.
        if path not in self._urls:
            self._urls[path] = URL(self._base + path, encoded=True)
        return self._urls[path]


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except json.JSONDecodeError:
        return body.decode(errors="replace")


@asynccontextmanager
async def connect(gateway: str) -> AsyncIterator[Api]:
    """An Api with connections of its own, as many at once as its callers need."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_TIMEOUT),
        timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as http:
        yield Api(http, gateway)
