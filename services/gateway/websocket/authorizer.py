"""REQUEST authorizers: a Lambda function that says, by an IAM policy, whether a client may connect.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cloud.errors import ConfigError
from services.gateway.lambda_authorizer import allow, read_reply
from services.gateway.messages import Reply
from services.gateway.responses import GatewayError
from services.gateway.websocket.events import Handshake

_SOURCE = re.compile(r"route\.request\.(header|querystring)\.(.+)")


@dataclass(frozen=True)
class RequestAuthorizer:
    """Asks one function. sources: (header or querystring, name) of what a client must bring."""

    function: str
    sources: Sequence[tuple[str, str]]

    def require_identity(self, handshake: Handshake) -> None:
        """Raises GatewayError(UNAUTHORIZED) when an identity source is missing: the function is then not asked."""
        query = dict(handshake.query)
        for place, name in self.sources:
            if not (handshake.header(name) if place == "header" else query.get(name)):
                raise GatewayError("UNAUTHORIZED")

    def judge(self, reply: Reply, method_arn: str, handshake: Handshake) -> dict[str, Any]:
        """What the function let pass on: principalId and its context, as strings.

        Raises GatewayError: UNAUTHORIZED, ACCESS_DENIED, AUTHORIZER_FAILURE, AUTHORIZER_CONFIGURATION_ERROR.
        """
        result = read_reply(reply)
        allow(result.policy.judge(method_arn, handshake.condition_keys))
        return {**result.context, "principalId": result.principal}


def compile_authorizer(function: str, sources: Sequence[str]) -> RequestAuthorizer:
    """Raises ConfigError for an identity source of another kind."""
    found = [_SOURCE.fullmatch(source) for source in sources]
    for source, match in zip(sources, found, strict=True):
        if match is None:
            raise ConfigError(
                f"identity source {source!r}: only route.request.header.X and route.request.querystring.X"
            )
    return RequestAuthorizer(function, tuple((match[1], match[2]) for match in found if match))
