"""The access log: one line per request, in the format that the stage declares.

A format is $context substitution and nothing else; what a request does not have is "-". Values cannot break out of the
line or of a JSON string: quotes, backslashes and control characters are escaped.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloud.errors import ConfigError
from cloud.log import redact
from services.gateway.execution_log import hidden
from services.gateway.messages import Response

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w-]*(?:\.[\w:-]+)*)")
_GROUP = re.compile(r"arn:aws[\w-]*:logs:[\w-]*:\d*:log-group:([^:]+)(?::\*)?")
_UNSET = "-"


@dataclass(frozen=True)
class AccessLog:
    """group: of CloudWatch Logs; format: with $context variables in it."""

    group: str
    format: str

    def line(self, exchange: "Exchange", response: Response, milliseconds: float) -> str:
        """The request's line. milliseconds: from its arrival to its response."""
        extra = _extra(exchange, response, milliseconds)
        return _VARIABLE.sub(lambda found: _shown(found[1], exchange, extra), self.format)


def compile_access_log(setting: Mapping[str, Any], resolve: Callable[[Any], str]) -> AccessLog | None:
    """A stage's AccessLogSetting; None when it has none. resolve: a declared value as text. Raises ConfigError."""
    if not setting:
        return None
    destination, form = resolve(setting.get("DestinationArn", "")), resolve(setting.get("Format", ""))
    group = _GROUP.fullmatch(destination)
    if group is None:
        raise ConfigError(f"AccessLogSetting.DestinationArn {destination!r} is no ARN of a log group")
    names = set(_VARIABLE.findall(form))
    if not names & {"requestId", "extendedRequestId"}:
        raise ConfigError("AccessLogSetting.Format must contain $context.requestId or $context.extendedRequestId")
    return AccessLog(group[1], form.rstrip("\r\n"))


def _extra(exchange: "Exchange", response: Response, milliseconds: float) -> dict[str, Any]:
    """What $context has only once the response is there."""
    integration = exchange.integration_ms if exchange.integration_status is not None else None
    return {
        "status": response.status,
        "responseLength": len(response.body),
        "responseLatency": int(milliseconds),
        "integrationLatency": integration,
        "integrationStatus": exchange.integration_status,
        "integration": {"status": exchange.integration_status, "latency": integration},
        "xrayTraceId": exchange.trace_id.partition(";")[0].removeprefix("Root="),
    }


def _shown(path: str, exchange: "Exchange", extra: Mapping[str, Any]) -> str:
    value: Any = {**exchange.context, **extra} if path.partition(".")[0] in extra else exchange.context
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None or value == "":
        return _UNSET
    if path == "identity.apiKey":
        return hidden(str(value))
    if path == "error.messageString":  # quoted already, on purpose
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return redact(orjson.dumps(text).decode()[1:-1])
