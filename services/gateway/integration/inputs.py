"""What a mapping template sees: $input over the request's body or over the integration's reply, $util, $context."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from services.gateway.headers import DROPPED, canonical
from services.gateway.messages import Reply
from services.gateway.template import UTIL, Input, compile_template
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

Template = Callable[[Mapping[str, Any]], str]


def compile_templates(templates: Mapping[str, str] | None) -> dict[str, Template]:
    """By media type in lower case. Raises ConfigError."""
    return {kind.lower(): compile_template(text or "") for kind, text in (templates or {}).items()}


def render(template: Template, exchange: "Exchange", given: Input) -> bytes:
    """A template's text. Raises TemplateFailed and what $input's own functions raise."""
    namespace = {
        "input": given,
        "util": UTIL,
        "context": exchange.context,
        "stageVariables": JavaMap(exchange.variables),
    }
    return template(namespace).encode("utf-8", "replace")


def request_input(exchange: "Exchange", body: bytes) -> Input:
    """$input of a request template. body: as contentHandling left it."""
    return Input(
        text=lambda: body.decode(errors="replace"), parse=lambda: exchange.json, params=lambda: _params(exchange)
    )


def reply_input(exchange: "Exchange", reply: Reply) -> Input:
    """$input of a response template."""

    def parse() -> Any:
        try:
            return orjson.loads(reply.body) if reply.body.strip() else {}
        except ValueError as error:
            raise TemplateFailed("the integration's reply is no JSON") from error

    return Input(lambda: reply.body.decode(errors="replace"), parse, lambda: _params(exchange))


def _params(exchange: "Exchange") -> JavaMap:
    headers = ((canonical(name), value) for name, value in exchange.request.headers if name not in DROPPED)
    return JavaMap(path=JavaMap(exchange.path_parameters), querystring=JavaMap(exchange.query), header=JavaMap(headers))
