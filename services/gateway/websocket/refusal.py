"""What the gateway itself answers: frames on a connection that stays open, HTTP answers to a handshake.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
"""

import orjson

from services.gateway.messages import Response

FORBIDDEN = "Forbidden"
INTERNAL = "Internal server error"
TOO_MANY = "Too Many Requests"


class Refused(Exception):
    """A handshake, or a call of @connections, that is not let through."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class IntegrationFailed(Exception):
    """An integration gave no answer that counts. called: it was reached at all."""

    def __init__(self, reason: str, *, called: bool = True) -> None:
        super().__init__(reason)
        self.called = called


def frame(message: str, connection_id: str, request_id: str) -> str:
    """The text of a message about a message, spaced as AWS spaces it."""
    return f'{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'


def answer(status: int, kind: str, message: str | None, *, key: str = "message") -> Response:
    """An HTTP answer with x-amzn-ErrorType kind and {"message": ...}."""
    body = orjson.dumps({key: message})
    return Response(status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)], body)


def unauthorized() -> Refused:
    """No identity, or none that the authorizer knows."""
    return Refused(answer(401, "UnauthorizedException", "Unauthorized"))


def denied(*, explicit: bool) -> Refused:
    """The authorizer's policy says no, or does not say yes."""
    text = "User is not authorized to access this resource" + " with an explicit deny" * explicit
    return Refused(answer(403, "AccessDeniedException", text, key="Message"))


def authorizer_failed() -> Refused:
    """The authorizer did not answer, or not with what it must."""
    return Refused(answer(500, "AuthorizerConfigurationException", None))


def forbidden() -> Refused:
    """There is no such API or stage, or the caller may not."""
    return Refused(answer(403, "ForbiddenException", FORBIDDEN))


def too_many() -> Refused:
    """Over the limit of new connections a second."""
    return Refused(answer(429, "TooManyRequestsException", TOO_MANY))
