"""REQUEST authorizers: a Lambda function that says, by an IAM policy, whether a client may connect.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from cloud.errors import ConfigError
from services.gateway.messages import Reply
from services.gateway.websocket.events import Handshake
from services.gateway.websocket.refusal import authorizer_failed, denied, unauthorized

_SOURCE = re.compile(r"route\.request\.(header|querystring)\.(.+)")
_MAX_RESULT = 8192


@dataclass(frozen=True)
class RequestAuthorizer:
    """Asks one function. sources: (header or querystring, name) of what a client must bring."""

    function: str
    sources: Sequence[tuple[str, str]]

    def require_identity(self, handshake: Handshake) -> None:
        """Raises Refused (401) when the handshake lacks an identity source: the function is then not asked."""
        query = dict(handshake.query)
        for place, name in self.sources:
            if not (handshake.header(name) if place == "header" else query.get(name)):
                raise unauthorized()

    def judge(self, reply: Reply, method_arn: str) -> dict[str, Any]:
        """What the function let pass on: principalId and its context, as strings. Raises Refused: 401, 403 or 500."""
        if "x-amz-function-error" in reply.headers:
            raise unauthorized() if _error_message(reply.body) == "Unauthorized" else authorizer_failed()
        result = _read(reply)
        document, context = result.get("policyDocument"), result.get("context") or {}
        if not result.get("principalId") or not isinstance(document, dict) or not isinstance(context, dict):
            raise authorizer_failed()
        passed = {"principalId": _text(result["principalId"]), **{key: _text(value) for key, value in context.items()}}
        _evaluate(document, method_arn)
        return passed


def compile_authorizer(function: str, sources: Sequence[str]) -> RequestAuthorizer:
    """Raises ConfigError for an identity source of another kind."""
    found = [_SOURCE.fullmatch(source) for source in sources]
    for source, match in zip(sources, found, strict=True):
        if match is None:
            raise ConfigError(
                f"identity source {source!r}: only route.request.header.X and route.request.querystring.X"
            )
    return RequestAuthorizer(function, tuple((match[1], match[2]) for match in found if match))


def _read(reply: Reply) -> dict[str, Any]:
    if reply.status >= 300 or len(reply.body) > _MAX_RESULT:
        raise authorizer_failed()
    try:
        result = orjson.loads(reply.body)
    except ValueError as error:
        raise authorizer_failed() from error
    if not isinstance(result, dict):
        raise authorizer_failed()
    return result


def _error_message(body: bytes) -> Any:
    try:
        error = orjson.loads(body)
    except ValueError:
        return None
    return error.get("errorMessage") if isinstance(error, dict) else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise authorizer_failed()  # a list, a map or null: AWS takes none of them


def _evaluate(document: Mapping[str, Any], method_arn: str) -> None:
    statements = document.get("Statement") or []
    if isinstance(statements, dict):
        statements = [statements]
    effects = {one.get("Effect") for one in statements if isinstance(one, dict) and _applies(one, method_arn)}
    if "Deny" in effects:
        raise denied(explicit=True)
    if "Allow" not in effects:
        raise denied(explicit=False)


def _applies(statement: Mapping[str, Any], method_arn: str) -> bool:
    actions, resources = _many(statement.get("Action")), _many(statement.get("Resource"))
    invokes = any(_wildcard(action.lower()).fullmatch("execute-api:invoke") for action in actions)
    return invokes and any(_wildcard(resource).fullmatch(method_arn) for resource in resources)


def _many(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


@lru_cache(maxsize=256)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """* and ? as in policies: they reach across slashes."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
