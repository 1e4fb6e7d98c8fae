"""One request on its way through the pipeline, and what the steps learn about it; $context is made of this."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from services.gateway.messages import Request
from services.gateway.policy import condition_keys
from services.gateway.responses import GatewayError, error_context

if TYPE_CHECKING:
    from services.gateway.document import Api, Method
    from services.gateway.execution_log import Journal
    from services.gateway.iam import Credential
    from services.gateway.policy import Policy
    from services.gateway.usage import ApiKey

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
    region: str = "us-east-1"
    method: "Method" = field(init=False)
    path_parameters: dict[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] | None = None
    """What a Cognito authorizer found in the caller's token."""
    authorizer: dict[str, Any] | None = None
    """What a Lambda authorizer said: its context, principalId, integrationLatency."""
    policy: "Policy | None" = None
    """What a Lambda authorizer lets the caller do."""
    usage_key: str | None = None
    """usageIdentifierKey of a Lambda authorizer."""
    signer: "Credential | None" = None
    """Whose key signed the request, on methods with AWS_IAM."""
    api_key: "ApiKey | None" = None
    traced: bool = False
    """Whether the answer carries X-Amzn-Trace-Id: only those of successful integrations do."""
    cached: bool | None = None
    """Whether the response cache had the answer; None: it was not asked."""
    error: GatewayError | None = None
    """Why API Gateway itself answers."""
    authorizer_ms: int | None = None
    integration_ms: int | None = None
    integration_status: int | None = None
    journal: "Journal | None" = None
    """The execution log, where it is on."""
    _context: dict[str, Any] | None = None
    _json: Any = _UNREAD

    def renew_context(self) -> None:
        """The caller is known now: what $context said before is made anew when it is asked for again."""
        self._context = None

    def fail(self, error: GatewayError) -> None:
        """API Gateway itself will answer; $context.error says why."""
        self.error = error
        if self._context is not None:
            self._context["error"] = error_context(error)

    @property
    def method_arn(self) -> str:
        """arn:aws:execute-api:<region>:<account>:<api>/<stage>/<VERB>/<path>."""
        request = self.request
        path = request.path.lstrip("/")
        return f"arn:aws:execute-api:{self.region}:{ACCOUNT}:{request.api}/{request.stage}/{request.method}/{path}"

    @property
    def condition_keys(self) -> dict[str, str]:
        """What conditions of policies may ask for."""
        return condition_keys(self.request.source_ip, self.request.by_name)

    @property
    def json(self) -> Any:
        """The parsed body; an empty one counts as {}. Raises GatewayError(BAD_REQUEST_BODY) when it is no JSON."""
        if self._json is _UNREAD:
            try:
                self._json = orjson.loads(self.request.body) if self.request.body.strip() else {}
            except ValueError as error:
                raise GatewayError("BAD_REQUEST_BODY", reason=str(error)) from error
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
    return _written(int(now))


@lru_cache(maxsize=16)
def _written(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


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
        context["authorizer"] = {"claims": dict(exchange.claims), "principalId": exchange.claims.get("sub", "")}
    elif exchange.authorizer is not None:
        context["authorizer"] = exchange.authorizer
    if exchange.error is not None:
        context["error"] = error_context(exchange.error)
    return context


def identity(exchange: Exchange) -> dict[str, Any]:
    """$context.identity and requestContext.identity: null for what the request's kind does not have.

    apiKey and apiKeyId are there only on methods that want a key; who signed, only on those with AWS_IAM.
    """
    signer, key = exchange.signer, exchange.api_key
    cognito: Mapping[str, Any] = signer.cognito if signer else {}
    return {
        "accessKey": signer and signer.access_key,
        "accountId": signer and signer.account,
        "caller": signer and signer.user_id,
        "cognitoAuthenticationProvider": cognito.get("cognitoAuthenticationProvider"),
        "cognitoAuthenticationType": cognito.get("cognitoAuthenticationType"),
        "cognitoIdentityId": cognito.get("cognitoIdentityId"),
        "cognitoIdentityPoolId": cognito.get("cognitoIdentityPoolId"),
        "principalOrgId": None,
        "sourceIp": exchange.request.source_ip,
        "user": signer and signer.user_id,
        "userAgent": exchange.request.by_name.get("user-agent"),
        "userArn": signer and signer.arn,
        **({"apiKey": key.value, "apiKeyId": key.id} if key else {}),
    }
