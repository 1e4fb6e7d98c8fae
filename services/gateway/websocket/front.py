"""The ASGI application around the sockets: handshake, messages in, and the end of a connection."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from cloud.guard import Receive, Scope, Send
from cloud.log import line
from services.gateway.messages import Response
from services.gateway.responses import GatewayError
from services.gateway.throttle import Limit
from services.gateway.websocket.api import Deployment
from services.gateway.websocket.connection import Connection
from services.gateway.websocket.events import Client, Handshake, new_id
from services.gateway.websocket.integrations import Result
from services.gateway.websocket.limits import GOING_AWAY, NO_BINARY, closed
from services.gateway.websocket.refusal import Refused, forbidden, refusal
from services.gateway.websocket.replica import Replica

LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
AT_ONCE = 16
"""Messages of one connection that integrations may have at a time; beyond it no more is read from the client."""


@dataclass(slots=True)
class AsgiSocket:
    """A client, reached by ASGI messages. full: whether too much is waiting to be sent."""

    write: Send
    full: Callable[[], bool]

    def is_full(self) -> bool:
        return self.full()

    async def send(self, text: str) -> None:
        await self.write({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        await self.write({"type": "websocket.close", "code": code, "reason": reason})


class Sockets:
    """Begins, serves and ends the connections of this replica."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        connects = replica.limits.connects
        self._connects = Limit(connects, max(1, int(connects)))
        self._new = ("connections", f"{connects:g}")  # replicas that are told different limits have nothing to share
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        handshake = read_handshake(scope)
        try:
            deployment = await self._admit(scope)
            client = self._client(deployment, handshake)
            full = scope.get("state", {}).get("is_full", lambda: False)
            await self._begin(Connection(client, deployment, AsgiSocket(send, full)), handshake, receive, send)
        except Refused as refused:
            await _deny(send, refused.response)
            # Never with its query, and never decoded: a path could hold a line of its own.
            path = scope.get("raw_path", b"").decode("latin-1")
            LOG.info(line("refused", path=path, status=refused.response.status))

    async def _admit(self, scope: Scope) -> Deployment:
        """The deployment that a path names. Raises Refused: 403, 429."""
        parts = [unquote(part) for part in scope["path"].strip("/").split("/")]
        deployment = self._replica.catalogue.deployments.get((parts[0], parts[1])) if len(parts) == 2 else None
        if deployment is None:
            raise forbidden()
        if not await self._replica.admit(self._new, self._connects):
            raise refusal(GatewayError("THROTTLED"))
        return deployment

    def _client(self, deployment: Deployment, handshake: Handshake) -> Client:
        return Client(
            connection_id=new_id(),
            api=deployment.api.name,
            stage=deployment.stage,
            connected_at=self._replica.now(),
            source_ip=handshake.source_ip,
            domain=handshake.header("host") or "",
            user_agent=handshake.header("user-agent"),
            variables=deployment.variables,
        )

    async def _begin(self, connection: Connection, handshake: Handshake, receive: Receive, send: Send) -> None:
        deployment, client = connection.deployment, connection.client
        await self._replica.routing.authorize(deployment, client, handshake)
        # Listed while $connect runs: what $connect stores of it may be used at once, and by any replica.
        listing = asyncio.ensure_future(
            self._replica.directory.add(client.connection_id, self._replica.now() + self._replica.limits.life + 60)
        )
        try:
            result = await self._replica.routing.connect(deployment, client, handshake)
        except BaseException:
            await listing
            await self._replica.directory.remove(client.connection_id)
            raise
        await listing
        self._hold(connection)
        code, reason = 1006, ""
        try:
            await send({"type": "websocket.accept", "subprotocol": _subprotocol(result)})
            code, reason = await self._receive(connection, receive)
        except OSError:  # the client did not wait for the answer
            LOG.debug(line("left", connection=client.connection_id))
        finally:
            await self._end(connection, *closed(code, reason))

    def _hold(self, connection: Connection) -> None:
        self._replica.held[connection.client.connection_id] = connection
        connection.opened = True
        self._replica.metrics.connections(len(self._replica.held))
        self._watch(connection)
        client = connection.client
        LOG.info(line("connected", api=client.api, stage=client.stage, connection=client.connection_id))

    async def _receive(self, connection: Connection, receive: Receive) -> tuple[int, str]:
        """Take messages until there are no more; the code and reason of the close."""
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return event.get("code", 1006), event.get("reason") or ""
            text = event.get("text")
            if text is None:
                await connection.close(NO_BINARY)
                continue
            if not connection.is_open:
                continue
            connection.active = self._replica.now()
            task = asyncio.create_task(self._replica.routing.message(connection, text))
            connection.under_way.add(task)
            task.add_done_callback(connection.under_way.discard)
            if len(connection.under_way) >= AT_ONCE:
                await asyncio.wait(connection.under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _end(self, connection: Connection, code: int, reason: str) -> None:
        connection.end()
        client = connection.client
        self._replica.held.pop(client.connection_id, None)
        self._replica.metrics.connections(len(self._replica.held))
        LOG.info(line("disconnected", api=client.api, connection=client.connection_id, code=code))
        await asyncio.gather(
            self._replica.directory.remove(client.connection_id),
            self._replica.routing.disconnect(connection, code, reason),
        )
        if connection.under_way:  # a server that stops waits for this
            await asyncio.wait(connection.under_way)

    def _watch(self, connection: Connection) -> None:
        """Close it when it has been idle, or there, for too long; else look again when it could be."""
        now = self._replica.now()
        due = self._replica.limits.deadline(connection.client.connected_at, connection.active) - now
        if due > 0:
            connection.timer = asyncio.get_running_loop().call_later(due, self._watch, connection)
            return
        task = asyncio.create_task(connection.close(GOING_AWAY))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def read_handshake(scope: Scope) -> Handshake:
    """What a connection began with."""
    query, client = scope["query_string"], scope.get("client")
    return Handshake(
        headers=[(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]],
        query=parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else [],
        source_ip=client[0] if client else "127.0.0.1",
    )


def _subprotocol(result: Result) -> str | None:
    """The one that $connect chose, if it is a token; nothing else may stand in a header."""
    chosen = result.headers.get("sec-websocket-protocol", "")
    return chosen if _TOKEN.fullmatch(chosen) else None


async def _deny(send: Send, response: Response) -> None:
    # A value that a function gave must not be able to end its header.
    values = [(name, value.replace("\r", " ").replace("\n", " ")) for name, value in response.headers]
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in values]
    try:
        await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": response.body})
    except OSError:
        LOG.debug(line("left", status=response.status))
