"""MOCK: the request template itself says which status the integration "answered".

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.gateway.integration.outcome import ResponseMappings, compile_responses
from services.gateway.integration.transform import RequestMapping, compile_request
from services.gateway.messages import Flow, Reply
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

# AWS also accepts the relaxed {statusCode: 200}.
_STATUS = re.compile(r"""\{.*?["']?statusCode["']?\s*:\s*(\d{3})\s*[,}]""", re.DOTALL)


@dataclass(frozen=True)
class MockIntegration:
    """Answers from the document alone."""

    request: RequestMapping
    responses: ResponseMappings

    def run(self, exchange: "Exchange") -> Flow:
        """The response that the request template's statusCode selects; 500 when there is no such number."""
        yield from ()
        found = _STATUS.match(self.request.apply(exchange).body.decode(errors="replace").strip())
        if found is None:
            raise GatewayError("API_CONFIGURATION_ERROR")
        reply = Reply(int(found[1]), {}, b"")
        return self.responses.choose(found[1]).apply(exchange, reply)


def compile_mock(integration: Mapping[str, Any]) -> MockIntegration:
    """Raises ConfigError."""
    return MockIntegration(compile_request(integration), compile_responses(integration))
