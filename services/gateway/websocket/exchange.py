"""One event on its way to an integration, and what its parameters and templates may take from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud.errors import ConfigError
from services.gateway.jsonpath import MISSING, compile_path
from services.gateway.template import UTIL, Input
from services.gateway.velocity.values import JavaMap, as_java, to_json
from services.gateway.websocket.events import Event, Handshake
from services.gateway.websocket.selection import parse_body

Source = Callable[["Exchange"], str | None]


@dataclass(slots=True)
class Exchange:
    """An event with what stands around it. handshake: of $connect alone."""

    event: Event
    variables: Mapping[str, str] = field(default_factory=dict)
    handshake: Handshake | None = None

    @property
    def context(self) -> dict[str, Any]:
        """requestContext: what $context is made of."""
        context: dict[str, Any] = self.event["requestContext"]
        return context

    @property
    def body(self) -> str:
        """The message; empty for $connect and $disconnect."""
        return str(self.event.get("body") or "")

    def namespace(self) -> dict[str, Any]:
        """What a template sees of the request."""
        return {
            "input": Input(lambda: self.body, lambda: _object(self.body), self._parameters),
            "util": UTIL,
            "context": as_java(self.context),
            "stageVariables": JavaMap(self.variables),
        }

    def _parameters(self) -> JavaMap:
        shake = self.handshake
        query, headers = (dict(shake.query), dict(shake.headers)) if shake else ({}, {})
        return JavaMap(path=JavaMap(), querystring=JavaMap(query), header=JavaMap(headers))


def compile_source(text: str) -> Source:
    """A parameter's right side: 'literal', context.x, stageVariables.x, route.request.{body,header,querystring}.x.

    Raises ConfigError.
    """
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return lambda _exchange: text[1:-1]
    root, _, rest = text.partition(".")
    if root == "context" and rest:
        return lambda exchange: _printed(_walk(exchange.context, rest))
    if root == "stageVariables" and rest:
        return lambda exchange: exchange.variables.get(rest)
    place, _, name = rest.removeprefix("request.").partition(".")
    if text.startswith("route.request.") and place == "body":
        find = compile_path(f"$.{name}" if name else "$")
        return lambda exchange: _printed(find(_object(exchange.body)))
    if text.startswith("route.request.") and place in {"header", "querystring"} and name:
        return lambda exchange: _from_handshake(exchange, place, name)
    raise ConfigError(f"request parameter {text!r}: no such source")


def _from_handshake(exchange: Exchange, place: str, name: str) -> str | None:
    if exchange.handshake is None:
        return None
    return exchange.handshake.header(name) if place == "header" else dict(exchange.handshake.query).get(name)


def _object(body: str) -> Any:
    parsed = parse_body(body)
    return {} if parsed is MISSING else parsed


def _walk(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _printed(value: Any) -> str | None:
    if value is None or value is MISSING:
        return None
    return value if isinstance(value, str) else to_json(value)
