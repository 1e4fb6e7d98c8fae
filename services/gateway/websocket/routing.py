"""What happens to a connection's events: $connect with its authorizer, messages by their route, $disconnect.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from cloud.log import line
from services.gateway.messages import CallFailed, CallTimedOut, Response
from services.gateway.responses import GatewayError
from services.gateway.throttle import Admit
from services.gateway.websocket import events
from services.gateway.websocket.api import CONNECT, DISCONNECT, Deployment, Route
from services.gateway.websocket.connection import BufferFull, Connection, Gone
from services.gateway.websocket.events import Client, Handshake
from services.gateway.websocket.exchange import Exchange
from services.gateway.websocket.integrations import Calls, Result, invoke
from services.gateway.websocket.metrics import WebSocketMetrics
from services.gateway.websocket.refusal import (
    FORBIDDEN,
    INTERNAL,
    TOO_MANY,
    IntegrationFailed,
    Refused,
    frame,
    refusal,
)

LOG = logging.getLogger(__name__)


class Authorizing:
    """An authorizer's call may take as long as API Gateway lets it."""

    timeout = 29.0


class Routing:
    """Takes events to their integrations. admit: whether a throttle lets one pass; now: seconds since the epoch."""

    def __init__(
        self, calls: Calls, metrics: WebSocketMetrics, admit: Admit, now: Callable[[], float], region: str
    ) -> None:
        self._calls = calls
        self._metrics = metrics
        self._admit = admit
        self._now = now
        self._region = region

    async def authorize(self, deployment: Deployment, client: Client, handshake: Handshake) -> None:
        """Ask $connect's authorizer, where it has one. Raises Refused: 401, 403, 500."""
        route = deployment.api.routes.get(CONNECT)
        if route is None or route.authorizer is None:
            return
        try:
            route.authorizer.require_identity(handshake)
            event = events.authorize(client, handshake, self._now(), self._region)
            started = time.perf_counter()
            reply = await self._calls.call(invoke(route.authorizer.function, event, Authorizing()))
            passed = route.authorizer.judge(reply, event["methodArn"], handshake)
        except (CallTimedOut, CallFailed, GatewayError) as failed:
            error = failed if isinstance(failed, GatewayError) else GatewayError("AUTHORIZER_FAILURE")
            self._metrics.count("ClientError" if error.status < 500 else "ExecutionError", _key(deployment, CONNECT))
            raise refusal(error) from failed
        client.authorizer = {**passed, "integrationLatency": int((time.perf_counter() - started) * 1000)}

    async def connect(self, deployment: Deployment, client: Client, handshake: Handshake) -> Result:
        """Run $connect. Raises Refused for any status but 2xx, and for a failure (502, 500)."""
        route = deployment.api.routes.get(CONNECT)
        self._metrics.count("ConnectCount", _key(deployment, CONNECT))
        if route is None:
            return Result(200)
        event = events.connect(client, handshake, self._now())
        try:
            result = await self._run(deployment, route, Exchange(event, client.variables, handshake))
        except IntegrationFailed as failed:
            body = frame(INTERNAL, client.connection_id, event["requestContext"]["requestId"])
            headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "InternalServerErrorException")]
            raise Refused(Response(502 if failed.called else 500, headers, body.encode())) from failed
        if not 200 <= result.status < 300:
            kind = result.headers.get("content-type", "application/json")
            raise Refused(Response(result.status, [("Content-Type", kind)], (result.body or "").encode()))
        return result

    async def message(self, connection: Connection, text: str) -> None:
        """Run a message's route; whatever fails is told to the client, and the connection stays open."""
        deployment, client = connection.deployment, connection.client
        if not await self._passes(deployment):
            await self._refuse(connection, TOO_MANY, events.new_id())
            return
        route = deployment.api.route(text)
        self._metrics.count("MessageCount", _key(deployment, route.key if route else "-"))
        if route is None:
            await self._refuse(connection, FORBIDDEN, events.new_id())
            return
        event = events.message(client, route.key, text, self._now())
        try:
            result = await self._run(deployment, route, Exchange(event, client.variables))
        except IntegrationFailed:
            await self._send(connection, frame(INTERNAL, client.connection_id, event["requestContext"]["requestId"]))
            return
        if route.two_way and result.body:
            await self._send(connection, result.body)

    async def _passes(self, deployment: Deployment) -> bool:
        name = ("messages", deployment.api.name, deployment.stage)
        return deployment.throttle is None or await self._admit(name, deployment.throttle)

    async def disconnect(self, connection: Connection, code: int, reason: str) -> None:
        """Run $disconnect, if there is one; nothing that it answers matters."""
        client = connection.client
        route = connection.deployment.api.routes.get(DISCONNECT)
        if route is not None:
            event = events.disconnect(client, code, reason, self._now())
            try:
                await self._run(connection.deployment, route, Exchange(event, client.variables))
            except IntegrationFailed:
                return  # counted and logged; there is nobody left to tell

    def sent(self, client: Client) -> None:
        """Count a message that went to a client."""
        self._metrics.count("MessageCount", (client.api, client.stage, "-"))

    async def _run(self, deployment: Deployment, route: Route, exchange: Exchange) -> Result:
        key, started = _key(deployment, route.key), time.perf_counter()
        try:
            result = await route.integration.run(exchange, self._calls)
        except IntegrationFailed as failed:
            self._metrics.count("IntegrationError" if failed.called else "ExecutionError", key)
            LOG.warning(line("failed", api=key[0], route=route.key, error=failed))
            raise
        except Exception as fault:  # ours, or a template's: the client hears of it, and the next message finds us alive
            self._metrics.count("ExecutionError", key)
            LOG.exception(line("fault", api=key[0], route=route.key))
            raise IntegrationFailed("fault", called=False) from fault
        finally:
            self._metrics.latency(key, time.perf_counter() - started)
        if result.status >= 400:
            self._metrics.count("IntegrationError", key)
        return result

    async def _refuse(self, connection: Connection, message: str, request_id: str) -> None:
        self._metrics.count("ClientError", _key(connection.deployment, "-"))
        await self._send(connection, frame(message, connection.client.connection_id, request_id))

    async def _send(self, connection: Connection, text: str) -> None:
        try:
            await connection.post(text, self._now())
        except (Gone, BufferFull) as error:
            LOG.debug(line("unsent", connection=connection.client.connection_id, error=type(error).__name__))
        else:
            self.sent(connection.client)


def _key(deployment: Deployment, route: str) -> tuple[str, str, str]:
    return deployment.api.name, deployment.stage, route


def describe(connection: Connection) -> dict[str, Any]:
    """What GET @connections answers: times in ISO 8601."""
    client = connection.client
    return {
        "connectedAt": _iso(client.connected_at),
        "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent or ""},
        "lastActiveAt": _iso(connection.active),
    }


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"
