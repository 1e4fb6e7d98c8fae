"""Non-proxy integrations: how a request is turned into the integration's.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud.errors import ConfigError
from services.gateway.binary import handling, incoming, matches_binary
from services.gateway.headers import FORBIDDEN, FORBIDDEN_FOR_AWS
from services.gateway.integration.inputs import Template, compile_templates, render, request_input
from services.gateway.mapping import Source, compile_source
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

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
    """integration.request.* parameters, request templates by content type, and what passes without a template.

    forbidden: headers that a mapping may not set; handling: contentHandling.
    """

    parameters: Sequence[tuple[str, str, Source]]
    templates: Mapping[str, Template]
    passthrough: str
    forbidden: frozenset[str] = FORBIDDEN_FOR_AWS
    handling: str | None = None

    def apply(self, exchange: "Exchange") -> Outgoing:
        """The outgoing request. Raises GatewayError: UNSUPPORTED_MEDIA_TYPE, or API_CONFIGURATION_ERROR."""
        outgoing = self._mapped(exchange)
        outgoing.body = self._body(exchange)
        overrides = exchange.context["requestOverride"]
        for place, name in (("headers", "header"), ("query", "querystring"), ("path", "path")):
            if values := overrides.get(name):
                getattr(outgoing, place).update({key: str(value) for key, value in values.items()})
        return self._checked(outgoing)

    def parameters_of(self, exchange: "Exchange") -> Outgoing:
        """The parameters alone, for a proxy integration: its body is the request's own."""
        return self._checked(self._mapped(exchange))

    def _mapped(self, exchange: "Exchange") -> Outgoing:
        outgoing = Outgoing()
        for place, name, source in self.parameters:
            if (value := source(exchange, None)) is not None:
                getattr(outgoing, place)[name] = value
        return outgoing

    def _checked(self, outgoing: Outgoing) -> Outgoing:
        for name in outgoing.headers:
            if name.lower() in self.forbidden:
                raise GatewayError("API_CONFIGURATION_ERROR", reason=f"a mapping may not set the header {name}")
        return outgoing

    def _body(self, exchange: "Exchange") -> bytes:
        body = exchange.request.body
        if self.handling is not None:
            kind = exchange.request.by_name.get("content-type", "")
            body = incoming(body, self.handling, binary=matches_binary(kind, exchange.api.binary_types))
        template = self.templates.get(exchange.content_type)
        if template is not None:
            return render(template, exchange, request_input(exchange, body))
        if self.passthrough == "NEVER" or (self.passthrough == "WHEN_NO_TEMPLATES" and self.templates):
            raise GatewayError("UNSUPPORTED_MEDIA_TYPE")
        return body


def compile_request(integration: Mapping[str, Any], *, aws: bool = True) -> RequestMapping:
    """The request side of an x-amazon-apigateway-integration. aws: whether it goes to AWS. Raises ConfigError."""
    passthrough = str(integration.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
    if passthrough not in _PASSTHROUGH:
        raise ConfigError(f"passthroughBehavior {passthrough!r} is none of {', '.join(_PASSTHROUGH)}")
    parameters = (integration.get("requestParameters") or {}).items()
    return RequestMapping(
        parameters=[_target(target, source) for target, source in parameters],
        templates=compile_templates(integration.get("requestTemplates")),
        passthrough=passthrough,
        forbidden=FORBIDDEN_FOR_AWS if aws else FORBIDDEN,
        handling=handling(integration),
    )


_PLACES = {"header": "headers", "querystring": "query", "path": "path"}


def _target(target: str, source: Any) -> tuple[str, str, Source]:
    place, _, name = target.removeprefix("integration.request.").partition(".")
    if not target.startswith("integration.request.") or place not in _PLACES or not name:
        raise ConfigError(f"requestParameters: {target!r} is no integration.request.(header|querystring|path).<name>")
    return _PLACES[place], name, compile_source(str(source))
