"""Gateway responses: what a client sees when API Gateway itself answers, because a step failed.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError, FogbankError
from services.gateway.mapping import compile_source
from services.gateway.messages import Headers, Response

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


@dataclass(frozen=True)
class Kind:
    """A type of gateway response: status, x-amzn-ErrorType, default message.

    spaced: bodies born in execution have a space after the colon on AWS, those born before it have none.
    """

    status: int
    error_type: str
    message: str | None
    spaced: bool = False


_CONFIG = "AuthorizerConfigurationException"
_INTERNAL = "InternalServerErrorException"
_BAD = "BadRequestException"

KINDS: Mapping[str, Kind] = {
    "ACCESS_DENIED": Kind(403, "AccessDeniedException", "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": Kind(500, _INTERNAL, "Internal server error", spaced=True),
    "AUTHORIZER_CONFIGURATION_ERROR": Kind(500, _CONFIG, None),
    "AUTHORIZER_FAILURE": Kind(500, _CONFIG, None),
    "BAD_REQUEST_BODY": Kind(400, _BAD, "Invalid request body", spaced=True),
    "BAD_REQUEST_PARAMETERS": Kind(400, _BAD, "Missing required request parameters", spaced=True),
    "DEFAULT_4XX": Kind(400, _BAD, "Bad Request"),
    "DEFAULT_5XX": Kind(500, _INTERNAL, "Internal server error", spaced=True),
    "EXPIRED_TOKEN": Kind(403, "ExpiredTokenException", "The security token included in the request is expired"),
    "INTEGRATION_FAILURE": Kind(504, _INTERNAL, "Network error communicating with endpoint", spaced=True),
    "INTEGRATION_TIMEOUT": Kind(504, _INTERNAL, "Endpoint request timed out", spaced=True),
    "INVALID_API_KEY": Kind(403, "ForbiddenException", "Forbidden"),
    "INVALID_SIGNATURE": Kind(403, "InvalidSignatureException", "The request signature we calculated does not match"),
    "MISSING_AUTHENTICATION_TOKEN": Kind(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    "QUOTA_EXCEEDED": Kind(429, "LimitExceededException", "Limit Exceeded"),
    "REQUEST_TOO_LARGE": Kind(413, "RequestTooLargeException", "HTTP content length exceeded 10485760 bytes."),
    "RESOURCE_NOT_FOUND": Kind(404, "NotFoundException", "Not Found"),
    "THROTTLED": Kind(429, "TooManyRequestsException", "Too Many Requests"),
    "UNAUTHORIZED": Kind(401, "UnauthorizedException", "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": Kind(415, _BAD, "Unsupported Media Type", spaced=True),
    "WAF_FILTERED": Kind(403, "ForbiddenException", "Forbidden"),
}


class GatewayError(FogbankError):
    """A step refused the request. kind: a key of KINDS; message, status, error_type: where they differ from its own.

    reason: what only logs and $context.error.validationErrorString say.
    """

    def __init__(
        self,
        kind: str,
        message: str | None = None,
        status: int | None = None,
        *,
        error_type: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.kind = kind
        self.message = KINDS[kind].message if message is None else message
        self.status = status or KINDS[kind].status
        self.error_type = error_type or KINDS[kind].error_type
        self.reason = reason
        super().__init__(f"{kind}: {reason or self.message}")


@dataclass(frozen=True)
class Customised:
    """A gateway response as the document declares it: status or None, header name -> source, templates."""

    status: int | None
    headers: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


def compile_gateway_responses(document: Mapping[str, Any]) -> dict[str, Customised]:
    """x-amazon-apigateway-gateway-responses -> type -> Customised. Raises ConfigError for an unknown type."""
    return {kind: _customised(kind, value or {}) for kind, value in document.items()}


def render(error: GatewayError, exchange: "Exchange", customised: Mapping[str, Customised]) -> Response:
    """The answer for a failed step: its own customisation, else that of DEFAULT_4XX or DEFAULT_5XX, else AWS's."""
    family = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    custom = customised.get(error.kind) or customised.get(family)
    exchange.fail(error)
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", error.error_type)]
    if custom is None:
        return Response(error.status, headers, default_body(error))
    content_type, body = _custom_body(error, exchange, custom)
    headers[0] = ("Content-Type", content_type)
    headers += _custom_headers(exchange, custom)
    return Response(custom.status or error.status, headers, body)


def forbidden() -> Response:
    """What an unknown API or stage answers: there is nothing yet whose gateway responses could apply."""
    headers: Headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException")]
    return Response(403, headers, b'{"message":"Forbidden"}')


def _customised(kind: str, value: Mapping[str, Any]) -> Customised:
    if kind not in KINDS:
        raise ConfigError(f"x-amazon-apigateway-gateway-responses: {kind} is no gateway response type")
    prefix = "gatewayresponse.header."
    status = value.get("statusCode")
    return Customised(
        status=int(status) if status is not None else None,
        headers={
            name.removeprefix(prefix): compile_source(source)
            for name, source in (value.get("responseParameters") or {}).items()
            if name.startswith(prefix)
        },
        templates=value.get("responseTemplates") or {},
    )


def default_body(error: GatewayError) -> bytes:
    """AWS's own body, spaced as AWS spaces it."""
    key = "Message" if error.kind == "ACCESS_DENIED" else "message"
    colon = ": " if KINDS[error.kind].spaced else ":"
    return f'{{"{key}"{colon}'.encode() + orjson.dumps(error.message) + b"}"


def error_context(error: GatewayError) -> dict[str, Any]:
    """$context.error."""
    return {
        "message": error.message or "",
        "messageString": orjson.dumps(error.message).decode(),
        "responseType": error.kind,
        # escaped, as templates put it between quotes
        "validationErrorString": orjson.dumps(error.reason or error.message or "").decode()[1:-1],
    }


def _custom_body(error: GatewayError, exchange: "Exchange", custom: Customised) -> tuple[str, bytes]:
    if not custom.templates:
        return "application/json", default_body(error)
    wanted = exchange.request.by_name.get("accept", "").partition(";")[0].strip()
    for content_type in (wanted, "application/json", next(iter(custom.templates))):
        if content_type in custom.templates:
            break
    return content_type, _substitute(custom.templates[content_type], exchange).encode()


_VARIABLE = re.compile(
    r"\$(context|stageVariables|method\.request\.(?:header|querystring|path))\.([\w-]+(?:\.[\w-]+)*)"
)


def _substitute(template: str, exchange: "Exchange") -> str:
    """Gateway response templates are no VTL on AWS: variables are replaced, nothing else happens."""
    return _VARIABLE.sub(lambda found: compile_source(found.group(0)[1:])(exchange, None) or "", template)


def _custom_headers(exchange: "Exchange", custom: Customised) -> Headers:
    values = ((name, source(exchange, None)) for name, source in custom.headers.items())
    return [(name, value) for name, value in values if value is not None]
