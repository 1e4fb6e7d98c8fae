"""AWS_PROXY: a Lambda function gets the whole request as an event (payload version 1.0) and gives the whole response.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from services.gateway.exchange import identity
from services.gateway.headers import DROPPED, canonical, remapped
from services.gateway.integration.aws import timeout_of
from services.gateway.integration.uri import invocation_path, parse, resolved
from services.gateway.messages import Flow, Headers, Reply, Response, ServiceCall
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_ALLOWED = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})


@dataclass(frozen=True)
class LambdaProxy:
    """One function. verb: of the integration; AWS refuses everything but POST at run time. timeout: seconds."""

    function: str
    verb: str
    timeout: float

    def run(self, exchange: "Exchange") -> Flow:
        """Invoke, then read the result as a response; 502 when it is none."""
        if self.verb != "POST":
            raise GatewayError("API_CONFIGURATION_ERROR")
        reply: Reply = yield ServiceCall(
            service="lambda",
            method="POST",
            path=invocation_path(resolved(self.function, exchange.variables)),
            body=orjson.dumps(event(exchange)),
            headers={"Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse"},
            timeout=self.timeout,
        )
        if 400 <= reply.status < 500:
            raise GatewayError("API_CONFIGURATION_ERROR")
        if reply.status >= 500 or "x-amz-function-error" in reply.headers:
            raise _bad_gateway()
        response = read_result(reply.body, exchange)
        exchange.traced = True
        return response


def compile_lambda_proxy(integration: Mapping[str, Any]) -> LambdaProxy:
    """Raises ConfigError when the uri is no invocation of a function."""
    target = parse(str(integration.get("uri", "")))
    if target.function is None:
        raise ConfigError(f"uri of an aws_proxy integration must invoke a function: {integration.get('uri')!r}")
    return LambdaProxy(target.function, str(integration.get("httpMethod") or "").upper(), timeout_of(integration))


def event(exchange: "Exchange") -> dict[str, Any]:
    """The event that the function gets; what a request does not have is null, never missing."""
    request = exchange.request
    headers = _event_headers(exchange)
    encoded = matches_binary(request.by_name.get("content-type", ""), exchange.api.binary_types)
    return {
        "resource": exchange.method.resource_path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": _multi(headers),
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": _multi(request.query) or None,
        "pathParameters": exchange.path_parameters or None,
        "stageVariables": dict(exchange.variables) or None,
        "requestContext": request_context(exchange),
        "body": _event_body(request.body, encoded=encoded),
        "isBase64Encoded": encoded,
    }


def request_context(exchange: "Exchange") -> dict[str, Any]:
    """requestContext: as $context, without what only templates have; authorizer is absent for auth NONE."""
    context = exchange.context
    keys = (
        "resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol",
        "stage", "domainPrefix", "requestTimeEpoch", "requestId", "domainName", "deploymentId", "apiId",
    )  # fmt: skip
    result = {key: context[key] for key in keys} | {"identity": identity(exchange)}
    if exchange.claims is not None:
        result["authorizer"] = {"claims": dict(exchange.claims)}
    return result


def read_result(payload: bytes, exchange: "Exchange") -> Response:
    """The function's result as a response. Raises GatewayError (502) when it is malformed."""
    try:
        result = orjson.loads(payload)
    except ValueError as error:
        raise _bad_gateway() from error
    if not isinstance(result, dict) or not result.keys() <= _ALLOWED:
        raise _bad_gateway()
    headers = _result_headers(result)
    return Response(_result_status(result.get("statusCode")), headers, _result_body(result, exchange))


def matches_binary(content_type: str, binary_types: Iterable[str]) -> bool:
    """Whether a Content-Type or Accept value is one of the API's binary media types (image/*, */* included)."""
    kind = content_type.partition(",")[0].partition(";")[0].strip().lower()
    wanted = {kind, "*/*", kind.partition("/")[0] + "/*"}
    return bool(kind) and any(binary in wanted for binary in binary_types)


def _bad_gateway() -> GatewayError:
    return GatewayError("DEFAULT_5XX", status=502)


def _event_headers(exchange: "Exchange") -> Headers:
    request = exchange.request
    headers = [(canonical(name), value) for name, value in request.headers if name not in DROPPED]
    port = request.by_name.get("host", "").rpartition(":")[2]
    forwarded = request.by_name.get("x-forwarded-for")
    added = {
        "X-Amzn-Trace-Id": f"Root=1-{int(exchange.now):08x}-{exchange.ids.trace}",
        "X-Forwarded-For": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "X-Forwarded-Port": port if port.isdigit() else "80",
        "X-Forwarded-Proto": "http",
    }
    return [(name, value) for name, value in headers if name not in added] + list(added.items())


def _multi(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for name, value in pairs:
        result.setdefault(name, []).append(value)
    return result


def _event_body(body: bytes, *, encoded: bool) -> str | None:
    if not body:
        return None
    return base64.b64encode(body).decode() if encoded else body.decode(errors="replace")


def _result_status(status: Any) -> int:
    if status is None:
        return 200
    if isinstance(status, int | str) and not isinstance(status, bool):
        try:
            number = int(status)
        except ValueError as error:
            raise _bad_gateway() from error
        if 100 <= number <= 599:
            return number
    raise _bad_gateway()


def _result_headers(result: Mapping[str, Any]) -> Headers:
    multi, single = result.get("multiValueHeaders") or {}, result.get("headers") or {}
    if not isinstance(multi, dict) or not isinstance(single, dict):
        raise _bad_gateway()
    headers: Headers = []
    spelt = {str(name).lower(): str(name) for name in multi}
    for name, values in multi.items():
        if not isinstance(values, list):
            raise _bad_gateway()
        headers += [(name, _header_value(value)) for value in values]
    headers += [(spelt.get(name.lower(), name), _header_value(value)) for name, value in single.items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", "application/json"))
    return remapped(headers, proxy=True)


def _header_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _bad_gateway()


def _result_body(result: Mapping[str, Any], exchange: "Exchange") -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _bad_gateway()
    accept = exchange.request.by_name.get("accept", "")
    if result.get("isBase64Encoded") and matches_binary(accept, exchange.api.binary_types):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError as error:
            raise _bad_gateway() from error
    return body.encode()
