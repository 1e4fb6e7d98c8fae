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
from services.gateway.integration.transform import (
    Outgoing,
    RequestMapping,
    ResponseMappings,
    compile_request,
    compile_responses,
)
from services.gateway.integration.uri import Target, invocation_path, parse, resolved
from services.gateway.messages import Flow, Reply, ServiceCall

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Protocol:
    """How a service is spoken to. target_prefix: of X-Amz-Target, None where the service has no JSON protocol."""

    target_prefix: str | None
    json_version: str = "1.1"


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
        outgoing = self.request.apply(exchange)
        call = self._call(exchange, outgoing)
        reply: Reply = yield call
        if self._wrapped:
            reply = query_protocol.wrapped(self.target.rest, reply, exchange.ids.request)
        response = self.responses.choose(self._selector(reply)).apply(exchange, reply)
        exchange.traced = True
        return response

    @property
    def _wrapped(self) -> bool:
        # On AWS, actions of SSM still go over the Query protocol, whose replies look different.
        return self.target.action and self.target.service == "ssm"

    def _call(self, exchange: "Exchange", outgoing: Outgoing) -> ServiceCall:
        headers = {"Accept": "application/json", "User-Agent": f"AmazonAPIGateway_{exchange.request.api}"}
        path, query, body = self._path(exchange, outgoing), list(outgoing.query.items()), outgoing.body
        if self.target.action and self.protocol.target_prefix:
            headers["Content-Type"] = f"application/x-amz-json-{self.protocol.json_version}"
            headers["X-Amz-Target"] = f"{self.protocol.target_prefix}.{self.target.rest}"
            if self._wrapped:
                body, query = query_protocol.as_json(outgoing.query, body), []
        elif self.target.action:
            query = [("Action", self.target.rest), *query]
        headers.update(outgoing.headers)
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


def timeout_of(integration: Mapping[str, Any]) -> float:
    """timeoutInMillis in seconds; 29 when the document names none."""
    return float(integration.get("timeoutInMillis") or 29_000) / 1000
