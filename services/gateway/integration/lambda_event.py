"""The event that a function behind AWS_PROXY gets: payload version 1.0, byte-faithful in keys and nulls.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
"""

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from services.gateway.binary import matches_binary
from services.gateway.exchange import identity
from services.gateway.headers import DROPPED, canonical
from services.gateway.messages import Headers

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


def event(exchange: "Exchange") -> dict[str, Any]:
    """The event that the function gets; what a request does not have is null, never missing."""
    request = exchange.request
    encoded = matches_binary(request.by_name.get("content-type", ""), exchange.api.binary_types)
    return {
        **request_event(exchange),
        "body": _event_body(request.body, encoded=encoded),
        "isBase64Encoded": encoded,
    }


def request_event(exchange: "Exchange") -> dict[str, Any]:
    """The request without its body, which is also what a REQUEST authorizer gets."""
    request = exchange.request
    headers = forwarded_headers(exchange)
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
    elif exchange.authorizer is not None:
        result["authorizer"] = exchange.authorizer
    return result


def forwarded_headers(exchange: "Exchange") -> Headers:
    """The request's headers as a proxy integration gets them, with those that API Gateway adds."""
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
