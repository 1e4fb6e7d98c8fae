"""HTTP and HTTP_PROXY: a backend of the API's own behind a method.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from cloud.errors import ConfigError
from services.gateway.headers import remapped
from services.gateway.integration.lambda_event import forwarded_headers
from services.gateway.integration.outcome import ResponseMappings, compile_responses
from services.gateway.integration.transform import Outgoing, RequestMapping, compile_request
from services.gateway.integration.uri import resolved, timeout_of
from services.gateway.messages import Flow, Headers, HttpCall, Reply, Response
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_PLACEHOLDER = re.compile(r"\{([\w.-]+)\}")
_HOP = frozenset({"transfer-encoding", "keep-alive", "proxy-connection"})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(frozen=True)
class HttpIntegration:
    """One backend. proxy: the request and the response pass as they are, without mappings. method None: ANY's own."""

    uri: str
    method: str | None
    proxy: bool
    request: RequestMapping
    responses: ResponseMappings
    timeout: float
    verify: bool = True

    def run(self, exchange: "Exchange") -> Flow:
        """Call the backend; its status chooses the integration response, or is the client's own behind a proxy."""
        outgoing = self.request.parameters_of(exchange) if self.proxy else self.request.apply(exchange)
        reply: Reply = yield self._call(exchange, outgoing)
        exchange.integration_status = reply.status
        response = _passed_on(reply) if self.proxy else self._mapped(exchange, reply)
        exchange.traced = True
        return response

    def _mapped(self, exchange: "Exchange", reply: Reply) -> Response:
        return self.responses.choose(str(reply.status)).apply(exchange, reply)

    def _call(self, exchange: "Exchange", outgoing: Outgoing) -> HttpCall:
        request = exchange.request
        url, query = self._url(exchange, outgoing), list(outgoing.query.items())
        if self.proxy:
            query = [pair for pair in request.query if pair[0] not in outgoing.query] + query
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        body = request.body if self.proxy else outgoing.body
        return HttpCall(
            method=self.method or request.method,
            url=url,
            body=body,
            headers=self._headers(exchange, outgoing),
            timeout=self.timeout,
            verify=self.verify,
        )

    def _url(self, exchange: "Exchange", outgoing: Outgoing) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name in outgoing.path:
                return quote(outgoing.path[name], safe="/~")
            return quote(exchange.path_parameters.get(name, ""), safe="/~") if self.proxy else found[0]

        url = _PLACEHOLDER.sub(value, resolved(self.uri, exchange.variables))
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise GatewayError("API_CONFIGURATION_ERROR", reason=f"Invalid endpoint address {url}")
        return url

    def _headers(self, exchange: "Exchange", outgoing: Outgoing) -> Headers:
        headers: Headers = []
        if self.proxy:
            set_here = {"host", *(name.lower() for name in outgoing.headers)}
            headers = [pair for pair in forwarded_headers(exchange) if pair[0].lower() not in set_here]
        headers += list(outgoing.headers.items())
        names = {name.lower() for name, _ in headers}
        defaults = {
            "Accept": "application/json",
            "User-Agent": f"AmazonAPIGateway_{exchange.request.api}",
            "x-amzn-apigateway-api-id": exchange.request.api,
        }
        if not self.proxy and outgoing.body:
            defaults["Content-Type"] = exchange.content_type
        if not self.proxy:
            defaults["X-Amzn-Trace-Id"] = exchange.trace_id.partition(";")[0]
        return headers + [(name, text) for name, text in defaults.items() if name.lower() not in names]


def compile_http(integration: Mapping[str, Any]) -> HttpIntegration:
    """Raises ConfigError."""
    kind = str(integration.get("type", "")).lower()
    if str(integration.get("connectionType") or "INTERNET").upper() != "INTERNET":
        raise ConfigError("connectionType VPC_LINK is not supported")
    if str(integration.get("responseTransferMode") or "BUFFERED").upper() != "BUFFERED":
        raise ConfigError("responseTransferMode STREAM is not supported")
    uri = str(integration.get("uri") or "")
    if not re.match(r"https?://[^/]", uri):
        raise ConfigError(f"uri of an {kind} integration must be an address with http:// or https://, it is {uri!r}")
    method = str(integration.get("httpMethod") or "").upper()
    if method not in {*_METHODS, "ANY"}:
        raise ConfigError(f"httpMethod {method or 'nothing'!r} is none of {', '.join(sorted(_METHODS))}, ANY")
    return HttpIntegration(
        uri=uri,
        method=None if method == "ANY" else method,
        proxy=kind == "http_proxy",
        request=compile_request(integration, aws=False),
        responses=compile_responses(integration),
        timeout=timeout_of(integration),
        verify=not (integration.get("tlsConfig") or {}).get("insecureSkipVerification"),
    )


def _passed_on(reply: Reply) -> Response:
    pairs = reply.pairs if reply.pairs is not None else list(reply.headers.items())
    kept = [(name, value) for name, value in pairs if name.lower() not in _HOP]
    if not any(name.lower() == "content-type" for name, _ in kept):
        kept.insert(0, ("Content-Type", "application/json"))
    return Response(reply.status, remapped(kept, proxy=True), reply.body)
