"""AWS_PROXY: a Lambda function gets the whole request as an event (payload version 1.0) and gives the whole response.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from services.gateway.integration.lambda_event import event
from services.gateway.integration.lambda_result import bad_gateway, read_result
from services.gateway.integration.uri import invocation_path, parse, resolved, timeout_of
from services.gateway.messages import Flow, Reply, ServiceCall
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange


@dataclass(frozen=True)
class LambdaProxy:
    """One function. verb: of the integration; AWS refuses everything but POST at run time. timeout: seconds."""

    function: str
    verb: str
    timeout: float

    def run(self, exchange: "Exchange") -> Flow:
        """Invoke, then read the result as a response; 502 when it is none."""
        if self.verb != "POST":
            raise GatewayError("API_CONFIGURATION_ERROR")
        reply: Reply = yield ServiceCall(
            service="lambda",
            method="POST",
            path=invocation_path(resolved(self.function, exchange.variables)),
            body=orjson.dumps(event(exchange)),
            headers={"Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse"},
            timeout=self.timeout,
        )
        exchange.integration_status = reply.status
        if reply.status == 413:  # Lambda takes less than API Gateway does
            raise GatewayError("REQUEST_TOO_LARGE", "Request Too Long")
        if 400 <= reply.status < 500:
            raise GatewayError("API_CONFIGURATION_ERROR", reason=f"Lambda answered {reply.status}")
        if reply.status >= 500 or "x-amz-function-error" in reply.headers:
            raise bad_gateway()
        response = read_result(reply.body, exchange)
        exchange.traced = True
        return response


def compile_lambda_proxy(integration: Mapping[str, Any]) -> LambdaProxy:
    """Raises ConfigError when the uri is no invocation of a function."""
    target = parse(str(integration.get("uri", "")))
    if target.function is None:
        raise ConfigError(f"uri of an aws_proxy integration must invoke a function: {integration.get('uri')!r}")
    return LambdaProxy(target.function, str(integration.get("httpMethod") or "").upper(), timeout_of(integration))
