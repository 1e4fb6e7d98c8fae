"""AWS: any AWS service behind a method, through mapping templates; nothing but a signed HTTP call.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-request-basic-setup.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from services.gateway.integration import query_protocol
from services.gateway.integration.outcome import ResponseMappings, compile_responses
from services.gateway.integration.transform import Outgoing, RequestMapping, compile_request
from services.gateway.integration.uri import Target, invocation_path, parse, resolved, timeout_of
from services.gateway.messages import Flow, Reply, ServiceCall
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_PLACEHOLDER = re.compile(r"\{([\w.-]+)\}")
# What Lambda answers when API Gateway may not invoke a function, or there is none.
_NOT_INVOKED = frozenset({401, 403, 404})


@dataclass(frozen=True)
class Protocol:
    """How a service is spoken to. target_prefix: of X-Amz-Target, None where the service has no JSON protocol.

    query: whether it speaks AWS's Query protocol, whose XML reaches clients of API Gateway as JSON.
    """

    target_prefix: str | None
    json_version: str = "1.1"
    query: bool = False
    version: str = ""


@dataclass(frozen=True)
class AwsIntegration:
    """One service call between request and response mapping. timeout: seconds."""

    target: Target
    protocol: Protocol
    http_method: str
    request: RequestMapping
    responses: ResponseMappings
    timeout: float

    def run(self, exchange: "Exchange") -> Flow:
        """Map, call, choose the integration response by the reply's status, map back."""
        if self.target.function is not None and self.http_method != "POST":
            raise GatewayError("API_CONFIGURATION_ERROR", reason="a function is invoked by POST")
        outgoing = self.request.apply(exchange)
        reply: Reply = yield self._call(exchange, outgoing)
        exchange.integration_status = reply.status
        if self.target.function is not None and reply.status in _NOT_INVOKED:
            raise GatewayError("API_CONFIGURATION_ERROR", reason=f"Lambda answered {reply.status}")
        reply = self._read(reply, exchange)
        response = self.responses.choose(self._selector(reply)).apply(exchange, reply)
        exchange.traced = True
        return response

    @property
    def _wrapped(self) -> bool:
        # On AWS, actions of SSM still go over the Query protocol, whose replies look different.
        return self.target.action and self.target.service == "ssm"

    def _read(self, reply: Reply, exchange: "Exchange") -> Reply:
        if self._wrapped:
            return query_protocol.wrapped(self.target.rest, reply, exchange.ids.request)
        return query_protocol.from_xml(reply) if self.protocol.query else reply

    def _call(self, exchange: "Exchange", outgoing: Outgoing) -> ServiceCall:
        headers = {"Accept": "application/json", "User-Agent": f"AmazonAPIGateway_{exchange.request.api}"}
        path, query, body = self._path(exchange, outgoing), list(outgoing.query.items()), outgoing.body
        if self.target.action and self.protocol.target_prefix:
            headers["Content-Type"] = f"application/x-amz-json-{self.protocol.json_version}"
            headers["X-Amz-Target"] = f"{self.protocol.target_prefix}.{self.target.rest}"
            if self._wrapped:
                body, query = query_protocol.as_json(outgoing.query, body), []
        elif self.target.action:
            # The parameters are the query string's, or the body's when a template wrote a form.
            version = [("Version", self.protocol.version)] if self.protocol.version else []
            query = [("Action", self.target.rest), *version, *query]
            body = body if query_protocol.is_form(outgoing.headers) else b""
        elif exchange.request.by_name.get("content-type") and self.target.service == "s3":
            headers["Content-Type"] = exchange.request.by_name["content-type"]
        for name, value in outgoing.headers.items():
            headers[name if name in headers else _spelt(name, headers)] = value
        return ServiceCall(self.target.service, self.http_method, path, body, headers, query, self.timeout)

    def _path(self, exchange: "Exchange", outgoing: Outgoing) -> str:
        if self.target.action:
            return "/"
        if function := self.target.function:
            return invocation_path(resolved(function, exchange.variables))
        path = resolved(self.target.rest, exchange.variables)
        path = _PLACEHOLDER.sub(lambda found: quote(outgoing.path.get(found[1], ""), safe=""), path)
        return "/" + path.lstrip("/")

    def _selector(self, reply: Reply) -> str | None:
        """What the patterns look at: the status, or for a Lambda function the error message, if it failed."""
        if self.target.function is None or reply.status >= 300:
            return str(reply.status)
        if "x-amz-function-error" not in reply.headers:
            return None
        try:
            return str(orjson.loads(reply.body).get("errorMessage", ""))
        except (ValueError, AttributeError):
            return ""


def compile_aws(integration: Mapping[str, Any], protocols: Callable[[str], Protocol]) -> AwsIntegration:
    """protocols: from boto3's name of a service to how it is spoken to. Raises ConfigError."""
    target = parse(str(integration.get("uri", "")))
    return AwsIntegration(
        target=target,
        protocol=protocols(target.service),
        http_method=str(integration.get("httpMethod") or "POST").upper(),
        request=compile_request(integration),
        responses=compile_responses(integration),
        timeout=timeout_of(integration),
    )


def _spelt(name: str, headers: Mapping[str, str]) -> str:
    """A header's name as it is there already, so that none goes out twice in two spellings."""
    return next((known for known in headers if known.lower() == name.lower()), name)
