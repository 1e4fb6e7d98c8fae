"""The execution log of one request, for methods whose settings ask for it: what each step did, in AWS's words.

Secrets are cut out: of Authorization and x-api-key only the last characters are shown, as on AWS.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cloud.log import redact
from services.gateway.messages import HttpCall, Reply, Response, ServiceCall
from services.gateway.stage_settings import MethodSettings

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

MAX_EVENT = 1024  # bytes of one event
_NAMES = (
    r"authorization|authorizationtoken|x-api-key|apikey|cookie|set-cookie|proxy-authorization"
    r"|[\w-]*(?:token|password|secret|signature)[\w-]*"
)
_SECRET = re.compile(_NAMES, re.IGNORECASE)
# A name and its value, or list of values, in JSON; also in JSON that stands in a JSON string, and cut off at the end.
_IN_JSON = re.compile(rf'(\\*"(?:{_NAMES})\\*"\s*:\s*)(?:\[[^\]]*\]?|\\*"[^"]*"?)', re.IGNORECASE)


class Journal:
    """Lines of one request. settings: log_level ERROR keeps only what went wrong; data_trace adds what was said."""

    def __init__(self, request_id: str, settings: MethodSettings) -> None:
        self.lines: list[str] = []
        self._id = request_id
        self._all = settings.log_level == "INFO"
        self._data = self._all and settings.data_trace

    def begin(self, exchange: "Exchange") -> None:
        """The request has found its method."""
        request = exchange.request
        self._info(f"Extended Request Id: {exchange.ids.extended}")
        self._info(f"Starting execution for request: {self._id}")
        self._info(f"HTTP Method: {request.method}, Resource Path: {request.path}")
        self._trace(f"Method request path: {shown(exchange.path_parameters.items())}")
        self._trace(f"Method request query string: {shown(request.query)}")
        self._trace(f"Method request headers: {shown(request.headers)}")
        self._trace(f"Method request body before transformations: {_text(request.body)}")

    def calling(self, call: ServiceCall | HttpCall) -> None:
        """The integration, or an authorizer's function, is about to be called."""
        where = call.url if isinstance(call, HttpCall) else f"{call.service}:{call.path}"
        headers = call.headers if isinstance(call, HttpCall) else list(call.headers.items())
        self._trace(f"Endpoint request URI: {where}")
        self._trace(f"Endpoint request headers: {shown(headers)}")
        self._trace(f"Endpoint request body after transformations: {_text(call.body)}")
        self._info(f"Sending request to {where}")

    def called(self, reply: Reply, milliseconds: float) -> None:
        """It has answered."""
        self._info(f"Received response. Status: {reply.status}, Integration latency: {milliseconds:.0f} ms")
        self._trace(f"Endpoint response headers: {shown(reply.headers.items())}")
        self._trace(f"Endpoint response body before transformations: {_text(reply.body)}")

    def end(self, exchange: "Exchange", response: Response) -> None:
        """The response is ready."""
        if exchange.api_key is not None:
            self._info(f"API Key ID: {exchange.api_key.id}, API Key: {hidden(exchange.api_key.value)}")
        error = exchange.error
        if error is not None:
            if error.status >= 500 or error.reason:
                self._error(f"Execution failed: {error.kind}: {error.reason or error.message}")
            self._error(f"Gateway response type: {error.kind} with status code: {response.status}")
            self._trace(f"Gateway response body: {_text(response.body)}")
        else:
            self._trace(f"Method response headers: {shown(response.headers)}")
            self._trace(f"Method response body after transformations: {_text(response.body)}")
            self._info("Successfully completed execution")
        self._info(f"Method completed with status: {response.status}")

    def _info(self, text: str) -> None:
        if self._all:
            self._add(text)

    def _trace(self, text: str) -> None:
        if self._data:
            self._add(text)

    def _error(self, text: str) -> None:
        self._add(text)

    def _add(self, text: str) -> None:
        event = redact(f"({self._id}) {text}").encode()[:MAX_EVENT]
        self.lines.append(event.decode(errors="ignore"))


def shown(pairs: Iterable[tuple[str, Any]]) -> str:
    """Names and values as AWS prints them, {a=1, b=2}; secrets hidden."""
    return "{" + ", ".join(f"{name}={_hidden_if_secret(name, value)}" for name, value in pairs) + "}"


def hidden(secret: str) -> str:
    """A secret's last six characters behind stars, when it is long enough for that to give nothing away."""
    return "*" * 20 + (secret[-6:] if len(secret) >= 20 else "")


def _hidden_if_secret(name: str, value: Any) -> str:
    return hidden(str(value)) if _SECRET.fullmatch(name) else str(value)


def _text(body: bytes) -> str:
    return _IN_JSON.sub(r'\1"***"', body[: 2 * MAX_EVENT].decode(errors="replace"))
