"""What a function behind AWS_PROXY returns, read as a response; AWS answers 502 to whatever is none.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
"""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from services.gateway.binary import matches_binary
from services.gateway.headers import remapped
from services.gateway.messages import Headers, Response
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


_ALLOWED = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})


def read_result(payload: bytes, exchange: "Exchange") -> Response:
    """The function's result as a response. Raises GatewayError (502) when it is malformed."""
    try:
        result = orjson.loads(payload)
    except ValueError as error:
        raise bad_gateway() from error
    if not isinstance(result, dict) or not result.keys() <= _ALLOWED:
        raise bad_gateway()
    headers = _result_headers(result)
    return Response(_result_status(result.get("statusCode")), headers, _result_body(result, exchange))


def bad_gateway() -> GatewayError:
    """A function failed, or gave what is no response."""
    return GatewayError("DEFAULT_5XX", status=502)


def _result_status(status: Any) -> int:
    if status is None:
        return 200
    if isinstance(status, int | str) and not isinstance(status, bool):
        try:
            number = int(status)
        except ValueError as error:
            raise bad_gateway() from error
        if 200 <= number <= 599:  # after 1xx a client waits for the answer itself
            return number
    raise bad_gateway()


def _result_headers(result: Mapping[str, Any]) -> Headers:
    multi, single = _mapping(result.get("multiValueHeaders")), _mapping(result.get("headers"))
    headers: Headers = []
    spelt = {str(name).lower(): str(name) for name in multi}
    for name, values in multi.items():
        if not isinstance(values, list):
            raise bad_gateway()
        headers += [(name, _header_value(value)) for value in values]
    headers += [(spelt.get(str(name).lower(), str(name)), _header_value(value)) for name, value in single.items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", "application/json"))
    return remapped(headers, proxy=True)


def _mapping(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_gateway()
    return value


def _header_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise bad_gateway()


def _result_body(result: Mapping[str, Any], exchange: "Exchange") -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise bad_gateway()
    accept = exchange.request.by_name.get("accept", "")
    if result.get("isBase64Encoded") and matches_binary(accept, exchange.api.binary_types):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError as error:
            raise bad_gateway() from error
    return body.encode()
