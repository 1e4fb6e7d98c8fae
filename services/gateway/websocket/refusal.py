"""What the gateway itself answers: frames on a connection that stays open, HTTP answers to a handshake.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html
"""

import orjson

from services.gateway.messages import Response
from services.gateway.responses import GatewayError, default_body

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


def answer(status: int, kind: str, message: str) -> Response:
    """An HTTP answer with x-amzn-ErrorType kind and {"message": ...}."""
    body = orjson.dumps({"message": message})
    return Response(status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)], body)


def refusal(error: GatewayError) -> Refused:
    """The answer to a handshake, in the words of REST APIs."""
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", error.error_type)]
    return Refused(Response(error.status, headers, default_body(error)))


def forbidden() -> Refused:
    """There is no such API or stage, or the caller may not."""
    return Refused(answer(403, "ForbiddenException", FORBIDDEN))
