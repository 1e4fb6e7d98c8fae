"""Alien Attack's REST API as a client sees it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from cloud.errors import FogbankError
from demo.connections import Connections


class NoAnswer(FogbankError):
    """The call got no answer: nobody knows whether it was carried out."""


class Refused(FogbankError):
    """An answer other than 200 where nothing else will do."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API: HTTP status, and the body parsed when it is JSON."""

    status: int
    body: Any


class Api:
    """The calls of the API. token: what goes into the Authorization header; "" sends none."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def call(self, method: str, path: str, token: str, body: bytes = b"") -> Reply:
        """Call e.g. ("POST", "updatestatus"); path may have a query string. Raises NoAnswer."""
        try:
            status, answer = await self._connections.ask(self._request(method, path, token, body))
        except OSError as error:
            raise NoAnswer(f"{method} {path}: {error!r}") from error
        return Reply(status, _parsed(answer))

    async def insist(self, method: str, path: str, token: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call and return the body; raises Refused when the answer is not 200, and NoAnswer."""
        reply = await self.call(method, path, token, b"" if body is None else orjson.dumps(body))
        if reply.status != 200:
            raise Refused(f"{method} {path} answered {reply.status}: {reply.body}")
        return reply.body

    def _request(self, method: str, path: str, token: str, body: bytes) -> bytes:
        head = f"{method} /alien-attack/prod/v1/{path} HTTP/1.1\r\n"
        authorization = f"Authorization: {token}\r\n" if token else ""
        content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        length = "" if body or method == "GET" else "Content-Length: 0\r\n"
        rest = f"{authorization}{content}{length}\r\n"
        return head.encode() + self._connections.host_header + rest.encode() + body


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except json.JSONDecodeError:
        return body.decode(errors="replace")


@asynccontextmanager
async def connect(gateway: str) -> AsyncIterator[Api]:
    """An Api with connections of its own. gateway: for example http://127.0.0.1:8000."""
    connections = Connections(gateway)
    try:
        yield Api(connections)
    finally:
        connections.close()
