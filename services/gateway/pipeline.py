"""The way of one request, in the order that AWS gives its steps. Pure: calls are yielded, their outcomes sent back in.

match -> policy -> authorize -> API key, plan, quota, throttles -> validate -> cache -> integration
-> gateway response on error

A step either lets the request go on or raises GatewayError.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cloud.log import line
from services.gateway.access_log import AccessLog
from services.gateway.admission import Admissions
from services.gateway.authorizer import Shared
from services.gateway.cache import CacheSettings, ResponseCache
from services.gateway.document import Api, Method
from services.gateway.exchange import Exchange, Ids
from services.gateway.execution_log import Journal
from services.gateway.iam import Credentials
from services.gateway.jsonpath import BadPath
from services.gateway.keys import KeyRing
from services.gateway.lambda_authorizer import allow
from services.gateway.mapping import compile_source
from services.gateway.messages import CallFailed, CallTimedOut, Flow, Request, Response
from services.gateway.policy import INVALIDATE_CACHE, Verdict
from services.gateway.responses import GatewayError, render
from services.gateway.results import Results
from services.gateway.stage_settings import MethodSettings
from services.gateway.usage import Plans
from services.gateway.velocity.scope import TemplateFailed

LOG = logging.getLogger(__name__)
MAX_ARN = 1600  # bytes of a method's ARN
MAX_HEAD = 10_240  # bytes of the request line and of all headers' values
_FRESH = re.compile(r"(?:^|[\s,])max-age=0(?:$|[\s,])", re.IGNORECASE)
_IGNORED = "199 Cache-control headers were ignored because the caller was unauthorized."


@dataclass
class Deployment:
    """One API on one stage. variables: gives the stage variables as they are now; cached, settings: by method."""

    api: Api
    stage: str
    variables: Callable[[], Mapping[str, str]]
    cached: Mapping[tuple[str, str], CacheSettings] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], MethodSettings] = field(default_factory=dict)
    plans: Plans = field(default_factory=Plans)
    region: str = "us-east-1"
    access_log: AccessLog | None = None


@dataclass
class Pipeline:
    """What all requests share. clock: seconds since the epoch; new_ids: ids for a request."""

    ring: KeyRing
    cache: ResponseCache
    clock: Callable[[], float]
    new_ids: Callable[[], Ids]
    admissions: Admissions = field(default_factory=Admissions)
    shared: Shared = field(init=False)

    def __post_init__(self) -> None:
        self.shared = Shared(self.ring, Results(self.clock), Credentials(self.clock))

    def begin(self, deployment: Deployment, request: Request) -> Exchange:
        """A request's state before the first step."""
        variables = deployment.variables()
        return Exchange(request, deployment.api, variables, self.new_ids(), self.clock(), deployment.region)

    def run(self, deployment: Deployment, exchange: Exchange) -> Flow:
        """From the request to the response, whatever happens in between."""
        try:
            response = yield from self._steps(deployment, exchange)
        except (GatewayError, CallTimedOut, CallFailed, TemplateFailed, BadPath) as error:
            refusal = _refusal(error, exchange)
            response = render(refusal, exchange, deployment.api.customised)
        return _stamped(response, exchange)

    def too_large(self, deployment: Deployment, exchange: Exchange) -> Response:
        """The answer to a request whose body was not read, for its size."""
        error = GatewayError("REQUEST_TOO_LARGE")
        response = render(error, exchange, deployment.api.customised)
        custom = deployment.api.customised
        if not (custom.get(error.kind) or custom.get("DEFAULT_4XX")):
            # The one default that is no JSON.
            response.headers[0] = ("Content-Type", "text/plain")
            response.body = str(error.message).encode()
        response.headers.append(("Connection", "close"))
        return _stamped(response, exchange)

    def _steps(self, deployment: Deployment, exchange: Exchange) -> Flow:
        if exchange.request.size > MAX_HEAD:
            kind = "RequestHeaderFieldsTooLargeException"
            raise GatewayError("DEFAULT_4XX", "Request Header Fields Too Large", 431, error_type=kind)
        method = _match(deployment.api, exchange)
        settings = deployment.settings.get((method.resource_path, method.verb))
        if settings is not None and settings.log_level != "OFF":
            exchange.journal = Journal(exchange.ids.request, settings)
            exchange.journal.begin(exchange)
        _check_policy(deployment.api, exchange)
        if method.authorizer is not None:
            yield from method.authorizer.authorize(exchange, self.shared, method.scopes)
        if exchange.claims is not None and deployment.api.policy is not None:
            # A user pool says who calls and nothing of what they may do, so that the policy itself must allow it.
            allow(deployment.api.policy.judge(exchange.method_arn, exchange.condition_keys))
        yield from self.admissions.admit(deployment, exchange)
        exchange.renew_context()
        method.validator.check(exchange)
        cached = deployment.cached.get((method.resource_path, method.verb))
        if cached is None:
            return (yield from self._integrate(exchange))
        return (yield from self._cached(deployment, exchange, cached))

    def _integrate(self, exchange: Exchange) -> Flow:
        began = self.clock()
        try:
            return (yield from exchange.method.integration.run(exchange))
        finally:
            exchange.integration_ms = max(0, int((self.clock() - began) * 1000))

    def _cached(self, deployment: Deployment, exchange: Exchange, settings: CacheSettings) -> Flow:
        method = exchange.method
        values = (compile_source(parameter)(exchange, None) or "" for parameter in settings.parameters)
        api = deployment.api
        key = (api.name, api.deployment_id, deployment.stage, method.verb, method.resource_path, *values)
        fresh = _FRESH.search(exchange.request.by_name.get("cache-control", "")) is not None
        heeded = fresh and _may_invalidate(api, exchange)
        known = None if heeded else self.cache.get(key)
        exchange.cached = known is not None
        if known is not None:
            response = Response(known.status, list(known.headers), known.body)
        else:
            response = yield from self._integrate(exchange)
            if 200 <= response.status < 300:
                self.cache.put(key, Response(response.status, list(response.headers), response.body), settings.ttl)
        if fresh and not heeded:
            response.headers.append(("Warning", _IGNORED))
        return response


def _match(api: Api, exchange: Exchange) -> Method:
    found = api.routes.match(exchange.request.segments, exchange.request.method)
    if found is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
    exchange.method, exchange.path_parameters = found
    return exchange.method


def _refusal(error: Exception, exchange: Exchange) -> GatewayError:
    if isinstance(error, GatewayError):
        return error
    LOG.warning(line("failed", path=exchange.request.path, error=error))
    kinds = {CallTimedOut: "INTEGRATION_TIMEOUT", CallFailed: "INTEGRATION_FAILURE"}
    return GatewayError(kinds.get(type(error), "API_CONFIGURATION_ERROR"), reason=str(error))


def _check_policy(api: Api, exchange: Exchange) -> None:
    """The API's own policy, before any authorizer: without one it must allow, with one it must not deny."""
    if len(exchange.request.path) > MAX_ARN // 2 and len(exchange.method_arn.encode()) > MAX_ARN:
        raise GatewayError("DEFAULT_4XX", "Request-URI Too Long", 414, error_type="RequestUriTooLongException")
    if api.policy is not None:
        verdict = api.policy.judge(exchange.method_arn, exchange.condition_keys)
        if verdict is Verdict.DENY or exchange.method.authorizer is None:
            allow(verdict)


def _may_invalidate(api: Api, exchange: Exchange) -> bool:
    """Whether Cache-Control: max-age=0 counts: for who signed, and where a policy allows it."""
    policies = [policy for policy in (api.policy, exchange.policy) if policy is not None]
    asked = [policy.judge(exchange.method_arn, exchange.condition_keys, INVALIDATE_CACHE) for policy in policies]
    return Verdict.DENY not in asked and (exchange.signer is not None or Verdict.ALLOW in asked)


def _stamped(response: Response, exchange: Exchange) -> Response:
    response.headers.append(("x-amzn-RequestId", exchange.ids.request))
    response.headers.append(("x-amz-apigw-id", exchange.ids.extended))
    if exchange.traced:
        response.headers.append(("X-Amzn-Trace-Id", exchange.trace_id))
    return response
