"""Non-proxy integrations: how a request is turned into the integration's, and its reply into the response.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from services.gateway.headers import DROPPED, FORBIDDEN, canonical, remapped
from services.gateway.mapping import Source, compile_source
from services.gateway.messages import Reply, Response
from services.gateway.responses import GatewayError
from services.gateway.template import UTIL, Input, JavaMap, TemplateFailed, compile_template

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

Template = Callable[[Mapping[str, Any]], str]
_PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")


@dataclass(slots=True)
class Outgoing:
    """The integration's request: its headers, query string, path parameters and body."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class RequestMapping:
    """integration.request.* parameters, request templates by content type, and what passes without a template."""

    parameters: Sequence[tuple[str, str, Source]]
    templates: Mapping[str, Template]
    passthrough: str

    def apply(self, exchange: "Exchange") -> Outgoing:
        """The outgoing request. Raises GatewayError: UNSUPPORTED_MEDIA_TYPE, or API_CONFIGURATION_ERROR."""
        outgoing = Outgoing()
        for place, name, source in self.parameters:
            if (value := source(exchange, None)) is not None:
                getattr(outgoing, place)[name] = value
        outgoing.body = self._body(exchange)
        overrides = exchange.context["requestOverride"]
        outgoing.headers.update(overrides["header"])
        outgoing.query.update(overrides["querystring"])
        outgoing.path.update(overrides["path"])
        if any(name.lower() in FORBIDDEN for name in outgoing.headers):
            raise GatewayError("API_CONFIGURATION_ERROR")
        return outgoing

    def _body(self, exchange: "Exchange") -> bytes:
        template = self.templates.get(exchange.content_type)
        if template is not None:
            return template(_namespace(exchange, _request_input(exchange))).encode()
        if self.passthrough == "NEVER" or (self.passthrough == "WHEN_NO_TEMPLATES" and self.templates):
            raise GatewayError("UNSUPPORTED_MEDIA_TYPE")
        return exchange.request.body


@dataclass(frozen=True)
class ResponseMapping:
    """One integration response: the status it gives, header sources, templates by content type."""

    pattern: re.Pattern[str] | None
    status: int
    headers: Sequence[tuple[str, Source]]
    templates: Mapping[str, Template]

    def apply(self, exchange: "Exchange", reply: Reply) -> Response:
        """The response made of a reply. Raises GatewayError(API_CONFIGURATION_ERROR) for an override out of range."""
        content_type, body = self._body(exchange, reply)
        headers = {"Content-Type": content_type}
        mapped = [(name, value) for name, source in self.headers if (value := source(exchange, reply)) is not None]
        headers.update(remapped(mapped, proxy=False))
        override = exchange.context["responseOverride"]
        headers.update({name: str(value) for name, value in override["header"].items()})
        return Response(_status(override["status"], self.status), list(headers.items()), body)

    def _body(self, exchange: "Exchange", reply: Reply) -> tuple[str, bytes]:
        if not self.templates:
            return "application/json", reply.body
        accept = exchange.request.by_name.get("accept", "").partition(";")[0].strip().lower()
        wanted = (accept, "application/json", next(iter(self.templates)))
        content_type = next(kind for kind in wanted if kind in self.templates)
        return content_type, self.templates[content_type](_namespace(exchange, _reply_input(exchange, reply))).encode()


@dataclass(frozen=True)
class ResponseMappings:
    """All integration responses of a method."""

    mappings: Sequence[ResponseMapping]

    def choose(self, text: str | None) -> ResponseMapping:
        """The one whose pattern matches the whole text, else the default. Raises GatewayError when there is neither."""
        default = None
        for mapping in self.mappings:
            if mapping.pattern is None:
                default = mapping
            elif text is not None and mapping.pattern.fullmatch(text):
                return mapping
        if default is None:
            raise GatewayError("API_CONFIGURATION_ERROR")
        return default


def compile_request(integration: Mapping[str, Any]) -> RequestMapping:
    """The request side of an x-amazon-apigateway-integration. Raises ConfigError."""
    passthrough = str(integration.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
    if passthrough not in _PASSTHROUGH:
        raise ConfigError(f"passthroughBehavior {passthrough!r} is none of {', '.join(_PASSTHROUGH)}")
    parameters = (integration.get("requestParameters") or {}).items()
    return RequestMapping(
        parameters=[_target(target, source) for target, source in parameters],
        templates=_templates(integration.get("requestTemplates")),
        passthrough=passthrough,
    )


def compile_responses(integration: Mapping[str, Any]) -> ResponseMappings:
    """The response side: patterns are the keys, "default" stands for what matches none. Raises ConfigError."""
    return ResponseMappings([_response(key, value) for key, value in (integration.get("responses") or {}).items()])


_PLACES = {"header": "headers", "querystring": "query", "path": "path"}


def _target(target: str, source: Any) -> tuple[str, str, Source]:
    place, _, name = target.removeprefix("integration.request.").partition(".")
    if not target.startswith("integration.request.") or place not in _PLACES or not name:
        raise ConfigError(f"requestParameters: {target!r} is no integration.request.(header|querystring|path).<name>")
    return _PLACES[place], name, compile_source(str(source))


def _templates(templates: Mapping[str, str] | None) -> dict[str, Template]:
    return {kind.lower(): compile_template(text or "") for kind, text in (templates or {}).items()}


def _response(pattern: str, value: Mapping[str, Any]) -> ResponseMapping:
    prefix = "method.response.header."
    parameters = value.get("responseParameters") or {}
    return ResponseMapping(
        pattern=None if pattern == "default" else re.compile(pattern, re.DOTALL),
        status=int(value.get("statusCode", 200)),
        headers=[(name.removeprefix(prefix), compile_source(source)) for name, source in parameters.items()],
        templates=_templates(value.get("responseTemplates")),
    )


def _namespace(exchange: "Exchange", given: Input) -> dict[str, Any]:
    return {"input": given, "util": UTIL, "context": exchange.context, "stageVariables": exchange.variables}


def _request_input(exchange: "Exchange") -> Input:
    return Input(
        text=lambda: exchange.request.body.decode(errors="replace"),
        parse=lambda: exchange.json,
        params=lambda: _params(exchange),
    )


def _reply_input(exchange: "Exchange", reply: Reply) -> Input:
    def parse() -> Any:
        try:
            return orjson.loads(reply.body) if reply.body.strip() else {}
        except ValueError as error:
            raise TemplateFailed("the integration's reply is no JSON") from error

    return Input(lambda: reply.body.decode(errors="replace"), parse, lambda: _params(exchange))


def _params(exchange: "Exchange") -> JavaMap:
    headers = ((canonical(name), value) for name, value in exchange.request.headers if name not in DROPPED)
    return JavaMap(path=JavaMap(exchange.path_parameters), querystring=JavaMap(exchange.query), header=JavaMap(headers))


def _status(override: Any, declared: int) -> int:
    if override in (None, ""):
        return declared
    try:
        status = int(override)
    except (TypeError, ValueError) as error:
        raise GatewayError("API_CONFIGURATION_ERROR") from error
    if not 100 <= status <= 599:
        raise GatewayError("API_CONFIGURATION_ERROR")
    return status
