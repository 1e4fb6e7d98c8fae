"""The Lambda authorizer, TOKEN and REQUEST: a function says who is calling and what they may do.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from services.gateway.authorizer import pattern
from services.gateway.integration.lambda_event import request_event
from services.gateway.integration.uri import invocation_path, parse, resolved
from services.gateway.mapping import Source, compile_source
from services.gateway.messages import CallFailed, CallTimedOut, Reply, ServiceCall
from services.gateway.policy import Verdict, compile_policy
from services.gateway.responses import GatewayError
from services.gateway.results import Result

if TYPE_CHECKING:
    from services.gateway.authorizer import Shared
    from services.gateway.exchange import Exchange

MAX_RESULT = 8 * 1024  # bytes
MAX_TTL = 3600  # seconds
_DEFAULT_TTL = 300
_TIMEOUT = 29.0

Asking = Generator[ServiceCall, Any, Result]


@dataclass(frozen=True)
class LambdaAuthorizer:
    """token: whether it is of type TOKEN, whose only source is one header. ttl: seconds, 0 keeps nothing.

    expression: what a token must look like before the function is asked at all.
    """

    name: str
    function: str
    token: bool
    sources: tuple[Source, ...]
    ttl: float
    expression: re.Pattern[str] | None = None
    issuers: frozenset[str] = frozenset()

    def authorize(self, exchange: "Exchange", shared: "Shared", _scopes: frozenset[str]) -> Generator[Any, Any, None]:
        """Ask the function, or take what it said before, and judge its policy for this method.

        Raises GatewayError: UNAUTHORIZED, ACCESS_DENIED, AUTHORIZER_FAILURE, AUTHORIZER_CONFIGURATION_ERROR.
        """
        values = self._identity(exchange)
        request = exchange.request
        key = (request.api, request.stage, self.name, *values)
        result = shared.results.recall(key) if self.ttl and values else None
        exchange.authorizer_ms = 0
        if result is None:
            began = shared.results.clock()
            result = yield from self._ask(exchange, values)
            exchange.authorizer_ms = int((shared.results.clock() - began) * 1000)
            if self.ttl and values:
                shared.results.remember(key, result, self.ttl)
        exchange.usage_key, exchange.policy = result.usage_key, result.policy
        exchange.authorizer = {
            **result.context, "principalId": result.principal, "integrationLatency": exchange.authorizer_ms,
        }  # fmt: skip
        allow(_judged(result, exchange))

    def _identity(self, exchange: "Exchange") -> tuple[str, ...]:
        values = tuple(source(exchange, None) or "" for source in self.sources)
        if not all(values):
            raise GatewayError("UNAUTHORIZED")
        if self.expression is not None and not self.expression.fullmatch(values[0]):
            raise GatewayError("UNAUTHORIZED")
        return values

    def _ask(self, exchange: "Exchange", values: tuple[str, ...]) -> Asking:
        body = self._event(exchange, values)
        headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse"}
        path = invocation_path(resolved(self.function, exchange.variables))
        try:
            reply: Reply = yield ServiceCall("lambda", "POST", path, orjson.dumps(body), headers, timeout=_TIMEOUT)
        except (CallFailed, CallTimedOut) as error:
            raise _failure("AUTHORIZER_FAILURE", f"the authorizer function could not be asked: {error}") from error
        return read_reply(reply)

    def _event(self, exchange: "Exchange", values: tuple[str, ...]) -> dict[str, Any]:
        if self.token:
            return {"type": "TOKEN", "methodArn": exchange.method_arn, "authorizationToken": values[0]}
        return {"type": "REQUEST", "methodArn": exchange.method_arn, **request_event(exchange)}


def _judged(result: Result, exchange: "Exchange") -> Verdict:
    """The function's policy and the API's own together: what the one says nothing of the other may allow.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html (table A)
    """
    verdict = result.policy.judge(exchange.method_arn, exchange.condition_keys)
    if verdict is Verdict.SILENT and exchange.api.policy is not None:
        return exchange.api.policy.judge(exchange.method_arn, exchange.condition_keys)
    return verdict


def allow(verdict: Verdict) -> None:
    """Raises GatewayError(ACCESS_DENIED) in AWS's words unless the verdict is ALLOW."""
    if verdict is Verdict.DENY:
        raise GatewayError(
            "ACCESS_DENIED",
            "User is not authorized to access this resource with an explicit deny in an identity-based policy",
        )
    if verdict is Verdict.SILENT:
        raise GatewayError("ACCESS_DENIED")


def read_reply(reply: Reply) -> Result:
    """What the function said, of a REST or a WebSocket API.

    Raises GatewayError: UNAUTHORIZED when it said so, AUTHORIZER_FAILURE when it failed otherwise,
    AUTHORIZER_CONFIGURATION_ERROR when there is no such function, or it returned no result.
    """
    if reply.status >= 300:
        raise _failure("AUTHORIZER_CONFIGURATION_ERROR", f"Lambda answered {reply.status}")
    if "x-amz-function-error" in reply.headers:
        raise _function_failed(reply.body)
    return _result(reply.body)


def _result(payload: bytes) -> Result:
    try:
        if len(payload) > MAX_RESULT:
            raise ConfigError(f"the result has {len(payload)} bytes, at most {MAX_RESULT} are taken")
        output = orjson.loads(payload)
        principal = output.get("principalId") if isinstance(output, dict) else None
        if not isinstance(principal, str) or not principal:
            raise ConfigError("the result has no principalId")
        policy = compile_policy(output.get("policyDocument"))
        usage_key = output.get("usageIdentifierKey")
        return Result(principal, policy, _context(output.get("context")), usage_key and str(usage_key))
    except (ValueError, ConfigError) as error:
        raise _failure("AUTHORIZER_CONFIGURATION_ERROR", str(error)) from error


def compile_lambda_authorizer(name: str, scheme: Mapping[str, Any]) -> LambdaAuthorizer:
    """A security scheme whose x-amazon-apigateway-authorizer is of type token or request. Raises ConfigError."""
    authorizer = scheme.get("x-amazon-apigateway-authorizer") or {}
    token = str(authorizer.get("type", "")).lower() == "token"
    function = parse(str(authorizer.get("authorizerUri", ""))).function
    if function is None:
        raise ConfigError("authorizerUri must invoke a function")
    ttl = float(authorizer.get("authorizerResultTtlInSeconds", _DEFAULT_TTL))
    if not 0 <= ttl <= MAX_TTL:
        raise ConfigError(f"authorizerResultTtlInSeconds must be 0 to {MAX_TTL}, it is {ttl:g}")
    named = str(authorizer.get("identitySource") or "")
    if token and not named:
        named = f"method.request.header.{scheme.get('name') or 'Authorization'}"
    sources = tuple(compile_source(source.strip()) for source in named.split(",") if source.strip())
    if not sources and ttl:
        raise ConfigError("a request authorizer whose results are kept must name an identitySource")
    expression = authorizer.get("identityValidationExpression") if token else None
    return LambdaAuthorizer(name, function, token, sources, ttl, pattern(expression))


def _context(context: Any) -> dict[str, str]:
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise ConfigError("the result's context is no object")
    result = {}
    for name, value in context.items():
        if isinstance(value, dict | list):
            raise ConfigError(f"the result's context holds an object or a list: {name}")
        if value is not None:
            result[name] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return result


def _function_failed(payload: bytes) -> GatewayError:
    try:
        message = orjson.loads(payload).get("errorMessage")
    except (ValueError, AttributeError):
        message = None
    if message == "Unauthorized":
        return GatewayError("UNAUTHORIZED")
    return _failure("AUTHORIZER_FAILURE", f"the authorizer function failed: {message}")


def _failure(kind: str, reason: str) -> GatewayError:
    return GatewayError(kind, reason=reason)
