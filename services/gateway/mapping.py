"""Parameter mapping: where a value of an outgoing request, a response or an error comes from.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from services.gateway.jsonpath import MISSING, compile_path
from services.gateway.messages import Reply

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

Source = Callable[["Exchange", Reply | None], str | None]
"""From a request and, once there is one, the integration's reply to the value; None: there is none."""


@lru_cache(maxsize=4096)
def compile_source(text: str) -> Source:
    """A mapping expression such as 'literal', method.request.header.X or context.requestId. Raises ConfigError."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        literal = text[1:-1]
        return lambda _exchange, _reply: literal
    root, _, rest = text.partition(".")
    if root == "stageVariables":
        return lambda exchange, _reply: exchange.variables.get(rest)
    if root == "context":
        return _context(rest)
    if text.startswith("method.request."):
        return _request(text.removeprefix("method.request."))
    if text.startswith("integration.response."):
        return _response(text.removeprefix("integration.response."))
    raise ConfigError(
        f"parameter mapping {text!r} is none of 'literal', method.request.*, integration.response.*, "
        "context.*, stageVariables.*"
    )


def _context(path: str) -> Source:
    keys = path.split(".")

    def read(exchange: "Exchange", _reply: Reply | None) -> str | None:
        value: Any = exchange.context
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return _text(value)

    return read


def _request(path: str) -> Source:
    place, _, name = path.partition(".")
    if place == "body":
        find = compile_path(name or "$")
        return lambda exchange, _reply: _text(find(exchange.json))
    readers: dict[str, Source] = {
        "header": lambda exchange, _reply: exchange.request.by_name.get(name.lower()),
        "querystring": lambda exchange, _reply: exchange.query.get(name),
        "path": lambda exchange, _reply: exchange.path_parameters.get(name),
        "multivalueheader": lambda exchange, _reply: _joined(exchange.request.headers, name.lower()),
        "multivaluequerystring": lambda exchange, _reply: _joined(exchange.request.query, name),
    }
    if place not in readers or not name:
        raise ConfigError(f"parameter mapping method.request.{path!r} is not understood")
    return readers[place]


def _response(path: str) -> Source:
    place, _, name = path.partition(".")
    if place == "header" and name:
        return lambda _exchange, reply: reply.headers.get(name.lower()) if reply else None
    if place == "body":
        find = compile_path(name or "$")
        return lambda _exchange, reply: _text(find(_parsed(reply))) if reply else None
    raise ConfigError(f"parameter mapping integration.response.{path!r} is not understood")


def _joined(pairs: list[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in pairs if key == name]
    return ",".join(values) if values else None


def _parsed(reply: Reply) -> Any:
    try:
        return orjson.loads(reply.body)
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    if value is None or value is MISSING:
        return None
    return value if isinstance(value, str) else orjson.dumps(value).decode()
