"""What a route does with an event: a Lambda function, an HTTP address, or a template of its own.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import orjson

from services.gateway.integration.uri import invocation_path, resolved
from services.gateway.messages import CallFailed, CallTimedOut, HttpCall, Reply, ServiceCall
from services.gateway.template import Input
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap
from services.gateway.websocket.exchange import Exchange, Source
from services.gateway.websocket.refusal import IntegrationFailed
from services.gateway.websocket.selection import Selection, parse_body

Template = Callable[[Mapping[str, Any]], str]
_FINAL = re.compile(r"[2-5][0-9]{2}")  # after 1xx a client would wait for the answer itself
_RESULT = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
# AWS also accepts the relaxed {statusCode: 200}.
_STATUS = re.compile(r"""\{.*?["']?statusCode["']?\s*:\s*["']?(\d{3})["']?\s*[,}]""", re.DOTALL)


@dataclass(slots=True)
class Result:
    """What an integration answered. body: what a two-way route sends its caller, if anything."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


class Calls(Protocol):
    """The gateway's way out. Both raise CallTimedOut and CallFailed."""

    async def call(self, call: ServiceCall) -> Reply:
        """A signed call of an AWS service."""

    async def http(self, call: HttpCall) -> Reply:
        """A plain call of an address."""


class Integration(Protocol):
    """Raises IntegrationFailed."""

    async def run(self, exchange: Exchange, calls: Calls) -> Result:
        """What becomes of the event."""


@dataclass(frozen=True)
class LambdaProxy:
    """AWS_PROXY: the function gets the event and gives statusCode, headers and body. timeout: seconds."""

    function: str
    timeout: float

    async def run(self, exchange: Exchange, calls: Calls) -> Result:
        reply = await _made(calls.call(invoke(resolved(self.function, exchange.variables), exchange.event, self)))
        if reply.status >= 300 and "x-amz-function-error" not in reply.headers:
            raise IntegrationFailed(f"Lambda answered {reply.status}", called=False)
        if "x-amz-function-error" in reply.headers:
            raise IntegrationFailed("the function failed")
        return read_result(reply.body)


@dataclass(frozen=True)
class Mock:
    """MOCK: what the request template yields is the answer; its statusCode is the status."""

    templates: "Templates"

    async def run(self, exchange: Exchange, calls: Calls) -> Result:  # noqa: ARG002 - it calls nobody
        answered = self.templates.request(exchange).strip()
        found = _STATUS.match(answered)
        if found is None:
            raise IntegrationFailed("the template yields no statusCode", called=False)
        return Result(int(found[1]), {}, self.templates.response(exchange, answered))


@dataclass(frozen=True)
class Http:
    """HTTP and HTTP_PROXY: the message goes to an address. parameters: (place, name, source)."""

    method: str
    uri: str
    timeout: float
    templates: "Templates"
    parameters: Sequence[tuple[str, str, Source]] = ()
    proxy: bool = True

    async def run(self, exchange: Exchange, calls: Calls) -> Result:
        values: dict[str, dict[str, str]] = {
            "header": {"Content-Type": "application/json"},
            "querystring": {},
            "path": {},
        }
        for place, name, source in self.parameters:
            if (value := source(exchange)) is not None:
                values[place][name] = value
        url = resolved(self.uri, exchange.variables)
        for name, value in values["path"].items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        if values["querystring"]:
            url += ("&" if "?" in url else "?") + urlencode(values["querystring"])
        body = exchange.body if self.proxy else self.templates.request(exchange)
        headers = list(values["header"].items())
        reply = await _made(calls.http(HttpCall(self.method, url, body.encode(), headers, self.timeout)))
        text = reply.body.decode(errors="replace")
        return Result(reply.status, reply.headers, text if self.proxy else self.templates.response(exchange, text))


@dataclass(frozen=True)
class Templates:
    """Request templates by key, which one is taken, and the response's."""

    requests: Mapping[str, Template]
    select: Selection
    answer: Template | None = None

    def request(self, exchange: Exchange) -> str:
        """The integration's request; without a template the message as it came."""
        key = self.select(parse_body(exchange.body))
        template = self.requests.get(key) or self.requests.get("$default")
        return exchange.body if template is None else _render(template, exchange.namespace())

    def response(self, exchange: Exchange, body: str) -> str:
        """The answer's body; without a template the integration's own."""
        if self.answer is None:
            return body
        given = Input(lambda: body, lambda: parse_body(body), JavaMap)
        return _render(self.answer, {**exchange.namespace(), "input": given})


class Timed(Protocol):
    """What a call may take, in seconds."""

    @property
    def timeout(self) -> float: ...


def invoke(function: str, event: Mapping[str, Any], timed: Timed) -> ServiceCall:
    """The call that gives a function an event and waits for its answer."""
    return ServiceCall(
        service="lambda",
        method="POST",
        path=invocation_path(function),
        body=orjson.dumps(event),
        headers={"Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse"},
        timeout=timed.timeout,
    )


def read_result(payload: bytes) -> Result:
    """A function's result. Raises IntegrationFailed when it is none: no object, a foreign key, no such status."""
    try:
        result = orjson.loads(payload)
    except ValueError as error:
        raise IntegrationFailed("the result is no JSON") from error
    if not isinstance(result, dict) or not result.keys() <= _RESULT:
        raise IntegrationFailed("the result is no proxy response")
    body, headers = result.get("body"), result.get("headers") or {}
    if not isinstance(body, str | None) or not isinstance(headers, dict):
        raise IntegrationFailed("the result is no proxy response")
    return Result(_status(result.get("statusCode", 200)), {str(k).lower(): str(v) for k, v in headers.items()}, body)


def _status(value: Any) -> int:
    if isinstance(value, int | str) and not isinstance(value, bool) and _FINAL.fullmatch(str(value)):
        return int(value)
    raise IntegrationFailed(f"statusCode {value!r}")


async def _made(call: Awaitable[Reply]) -> Reply:
    try:
        return await call
    except CallTimedOut as error:
        raise IntegrationFailed("no answer in time") from error
    except CallFailed as error:
        raise IntegrationFailed(str(error), called=False) from error


def _render(template: Template, namespace: Mapping[str, Any]) -> str:
    try:
        return template(namespace)
    except TemplateFailed as error:
        raise IntegrationFailed(str(error), called=False) from error
