"""Non-proxy integrations: which integration response a reply selects, and what the client gets of it.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.errors import ConfigError
from services.gateway.binary import handling, matches_binary, outgoing
from services.gateway.headers import remapped
from services.gateway.integration.inputs import Template, compile_templates, render, reply_input
from services.gateway.mapping import Source, compile_source
from services.gateway.messages import Reply, Response
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


@dataclass(frozen=True)
class ResponseMapping:
    """One integration response: the status it gives, header sources, templates by content type, contentHandling."""

    pattern: re.Pattern[str] | None
    status: int
    headers: Sequence[tuple[str, Source]]
    templates: Mapping[str, Template]
    handling: str | None = None

    def apply(self, exchange: "Exchange", reply: Reply) -> Response:
        """The response made of a reply. Raises GatewayError(API_CONFIGURATION_ERROR) for an override out of range."""
        content_type, body = self._body(exchange, reply)
        headers = {"Content-Type": content_type}
        mapped = [(name, value) for name, source in self.headers if (value := source(exchange, reply)) is not None]
        for name, value in remapped(mapped, proxy=False):
            headers["Content-Type" if name.lower() == "content-type" else name] = value
        override = exchange.context["responseOverride"]
        for name, value in override["header"].items():
            headers["Content-Type" if name.lower() == "content-type" else name] = str(value)
        return Response(_status(override["status"], self.status), list(headers.items()), body)

    def _body(self, exchange: "Exchange", reply: Reply) -> tuple[str, bytes]:
        if not self.templates:
            return "application/json", self._handled(exchange, reply)
        accept = exchange.request.by_name.get("accept", "").partition(";")[0].strip().lower()
        wanted = (accept, "application/json", next(iter(self.templates)))
        content_type = next(kind for kind in wanted if kind in self.templates)
        return content_type, render(self.templates[content_type], exchange, reply_input(exchange, reply))

    def _handled(self, exchange: "Exchange", reply: Reply) -> bytes:
        types = exchange.api.binary_types
        if not types and self.handling is None:
            return reply.body
        binary = matches_binary(reply.headers.get("content-type", ""), types)
        wanted = matches_binary(exchange.request.by_name.get("accept", ""), types)
        return outgoing(reply.body, self.handling, binary=binary, wanted=wanted)


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
            raise GatewayError("API_CONFIGURATION_ERROR", reason="no integration response matches, and none is default")
        return default


def compile_responses(integration: Mapping[str, Any]) -> ResponseMappings:
    """The response side: patterns are the keys, "default" stands for what matches none. Raises ConfigError."""
    return ResponseMappings([_response(str(k), v or {}) for k, v in (integration.get("responses") or {}).items()])


def _response(pattern: str, value: Mapping[str, Any]) -> ResponseMapping:
    prefix = "method.response.header."
    parameters = value.get("responseParameters") or {}
    try:
        compiled = None if pattern == "default" else re.compile(pattern, re.DOTALL)
        status = int(value.get("statusCode", 200))
    except (re.error, ValueError) as error:
        raise ConfigError(f"integration response {pattern!r}: {error}") from error
    return ResponseMapping(
        pattern=compiled,
        status=status,
        headers=[(name.removeprefix(prefix), compile_source(str(source))) for name, source in parameters.items()],
        templates=compile_templates(value.get("responseTemplates")),
        handling=handling(value),
    )


def _status(override: Any, declared: int) -> int:
    try:
        status = declared if override in (None, "") else int(override)
    except (TypeError, ValueError) as error:
        raise GatewayError("API_CONFIGURATION_ERROR", reason=f"override of the status: {override!r}") from error
    if not 200 <= status <= 599:  # after 1xx a client waits for the answer itself
        raise GatewayError("API_CONFIGURATION_ERROR", reason=f"status {status}")
    return status
