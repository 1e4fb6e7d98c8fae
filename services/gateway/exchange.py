"""One request on its way through the pipeline, and what the steps learn about it; $context is made of this."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from services.gateway.messages import Request
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.document import Api, Method

_UNREAD: Any = object()
ACCOUNT = "000000000000"


@dataclass(slots=True)
class Ids:
    """What identifies one request: requestId (a uuid4), extendedRequestId, and the trace id's 24 hex digits."""

    request: str
    extended: str
    trace: str


@dataclass(slots=True)
class Exchange:
    """A request with its API, stage variables, ids and arrival time (seconds since the epoch)."""

    request: Request
    api: "Api"
    variables: Mapping[str, str]
    ids: Ids
    now: float
    method: "Method" = field(init=False)
    path_parameters: dict[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] | None = None
    traced: bool = False
    """Whether the answer carries X-Amzn-Trace-Id: only those of successful integrations do."""
    cached: bool = False
    _context: dict[str, Any] | None = None
    _json: Any = _UNREAD

    @property
    def json(self) -> Any:
        """The parsed body; an empty one counts as {}. Raises GatewayError(BAD_REQUEST_BODY) when it is no JSON."""
        if self._json is _UNREAD:
            try:
                self._json = orjson.loads(self.request.body) if self.request.body.strip() else {}
            except ValueError as error:
                raise GatewayError("BAD_REQUEST_BODY") from error
        return self._json

    @property
    def content_type(self) -> str:
        """The request's media type without parameters; application/json when it names none."""
        value = self.request.by_name.get("content-type", "")
        return value.partition(";")[0].strip().lower() or "application/json"

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, the last value of each name."""
        return dict(self.request.query)

    @property
    def context(self) -> dict[str, Any]:
        """$context, with the override maps that templates write to."""
        if self._context is None:
            self._context = _context(self)
        return self._context

    @property
    def trace_id(self) -> str:
        """The value of X-Amzn-Trace-Id for the client."""
        half = self.ids.trace[:16]
        return f"Root=1-{int(self.now):08x}-{self.ids.trace};Parent={half};Sampled=0"


def request_time(now: float) -> str:
    """requestTime as AWS writes it: 04/Mar/2020:19:15:17 +0000."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))


def _context(exchange: Exchange) -> dict[str, Any]:
    request, method = exchange.request, getattr(exchange, "method", None)
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": request.api,
        "domainName": request.by_name.get("host", ""),
        "domainPrefix": request.by_name.get("host", "").partition(".")[0],
        "extendedRequestId": exchange.ids.extended,
        "httpMethod": request.method,
        "identity": identity(exchange),
        "path": f"/{request.stage}{request.path}",
        "protocol": request.protocol,
        "requestId": exchange.ids.request,
        "requestTime": request_time(exchange.now),
        "requestTimeEpoch": int(exchange.now * 1000),
        "resourceId": method.resource_id if method else "",
        "resourcePath": method.resource_path if method else "",
        "stage": request.stage,
        "deploymentId": exchange.api.deployment_id,
        "requestOverride": {"header": {}, "path": {}, "querystring": {}},
        "responseOverride": {"header": {}, "status": None},
    }
    if exchange.claims is not None:
        context["authorizer"] = {"claims": exchange.claims, "principalId": exchange.claims.get("sub", "")}
    return context


def identity(exchange: Exchange) -> dict[str, Any]:
    """$context.identity and requestContext.identity: all null but for address and user agent on methods without IAM."""
    return {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": exchange.request.source_ip,
        "user": None,
        "userAgent": exchange.request.by_name.get("user-agent"),
        "userArn": None,
    }
