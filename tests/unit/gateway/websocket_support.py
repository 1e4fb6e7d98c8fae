"""What the unit tests of WebSocket APIs share: an API, its functions without a network, a socket without a server."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from labs.declare import Authorizer, Integration, Route, WebSocketApi, WebSocketStage, invocation
from services.gateway.messages import HttpCall, Reply, ServiceCall
from services.gateway.throttle import Limit, Name
from services.gateway.websocket.api import Compiler, Deployment
from services.gateway.websocket.connection import Connection
from services.gateway.websocket.events import Client, Handshake
from services.gateway.websocket.metrics import WebSocketMetrics
from services.gateway.websocket.routing import Routing

NOW = 1_700_000_000.25
OUTPUTS = {name: {"Arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}"} for name in ("F", "A")}
COMPILER = Compiler(OUTPUTS, "us-east-1")
TOKENS = Authorizer("Tokens", invocation("A"), ("route.request.querystring.token",))


def declared(*routes: Route, **more: Any) -> WebSocketApi:
    """An API of these routes."""
    return WebSocketApi("Live", Name="live", Routes=routes, Stages=(WebSocketStage("prod"),), **more)


def deployment(*routes: Route, variables: Mapping[str, str] | None = None, **more: Any) -> Deployment:
    """The same, compiled."""
    return Deployment(COMPILER.api(declared(*routes, **more)), "prod", variables or {})


def route(key: str, response: str = "", **more: Any) -> Route:
    """A route to function F."""
    return Route(key, Integration(invocation("F")), response, **more)


def client(**more: Any) -> Client:
    """Somebody."""
    return Client("AAAAAAAAAAAAAAA=", "live", "prod", NOW, "127.0.0.1", "localhost:8000", **more)


def handshake(*query: tuple[str, str], **headers: str) -> Handshake:
    """A handshake with these parameters and headers."""
    named = [(name.replace("_", "-"), value) for name, value in {"host": "localhost:8000", **headers}.items()]
    return Handshake(named, list(query), "127.0.0.1")


@dataclass
class Wire:
    """A socket without a server."""

    sent: list[str] = field(default_factory=list)
    closes: list[tuple[int, str]] = field(default_factory=list)
    full: bool = False
    broken: bool = False

    def is_full(self) -> bool:
        return self.full

    async def send(self, text: str) -> None:
        if self.broken:
            raise ConnectionResetError
        self.sent.append(text)

    async def close(self, code: int, reason: str) -> None:
        self.closes.append((code, reason))


def connection(of: Deployment, wire: Wire) -> Connection:
    """An open connection."""
    made = Connection(client(), of, wire)
    made.opened = True
    return made


@dataclass
class Answers:
    """The way out: what was called, and what is answered, or raised."""

    answer: Callable[[Any], Any] | Exception | Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    calls: list[ServiceCall] = field(default_factory=list)
    http_calls: list[HttpCall] = field(default_factory=list)

    async def call(self, call: ServiceCall) -> Reply:
        self.calls.append(call)
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Reply(self.status, self.headers, orjson.dumps(self.answer))

    async def http(self, call: HttpCall) -> Reply:
        self.http_calls.append(call)
        return Reply(self.status, {}, orjson.dumps(self.answer))


async def admit(_name: Name, _limit: Limit) -> bool:
    """No throttle is spent."""
    return True


def routing(answers: Answers) -> tuple[Routing, WebSocketMetrics]:
    """Routing over these answers, and what it counts."""
    metrics = WebSocketMetrics(CollectorRegistry())
    return Routing(answers, metrics, admit, lambda: NOW + 1, "us-east-1"), metrics
