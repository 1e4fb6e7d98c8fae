"""The @connections API: post to a client, look at its connection, end it; whichever replica holds it.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import logging
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import orjson

from cloud.errors import AwsError
from cloud.guard import App, Receive, Scope, Send
from cloud.log import line
from services.gateway.messages import CallFailed, CallTimedOut, Reply, Response
from services.gateway.websocket.connection import BufferFull, Connection, Gone
from services.gateway.websocket.limits import MESSAGE_BYTES, NORMAL
from services.gateway.websocket.peers import FORWARDED
from services.gateway.websocket.refusal import Refused, answer, forbidden
from services.gateway.websocket.replica import Replica
from services.gateway.websocket.routing import describe

LOG = logging.getLogger(__name__)
PATH = "/@connections/"

_OK = Response(200, [("Content-Type", "application/json")], b"")
_DELETED = Response(204, [], b"")
_GONE = Response(410, [("Content-Type", "application/json"), ("x-amzn-ErrorType", "GoneException")], b"")
_TOO_LARGE = answer(413, "PayloadTooLargeException", "Message too long")
_BUFFER_FULL = answer(429, "LimitExceededException", "The WebSocket client side buffer is full")
_UNREACHABLE = answer(500, "InternalServerErrorException", "The connection cannot be looked up now")


class HungUp(Exception):
    """Who called is gone before the body was there."""


class Management:
    """The ASGI application of @connections."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except Refused as refused:
            response = refused.response
        except HungUp:  # in the middle of its body: nobody to answer, and half a message to post
            return
        await _send(send, response)

    def serves(self, path: str) -> bool:
        """Whether a path is one of ours: after API and stage, after the stage alone, or after nothing.

        The last is where AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI leads; what else it may be is for the REST APIs.
        """
        if PATH not in path:
            return False
        place = _place(path.partition(PATH)[0])
        return not place or any(key[-len(place) :] == place for key in self._deployments())

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        prefix, _, connection_id = scope["path"].partition(PATH)
        headers = dict(scope["headers"])
        if scope["method"] not in {"POST", "GET", "DELETE"} or not _is_signed(headers, scope["query_string"]):
            raise forbidden()
        body = await _read(headers, receive)
        if body is None:
            return _TOO_LARGE
        connection = self._replica.held.get(connection_id)
        if connection is not None:
            return await self._here(connection, _place(prefix), scope["method"], body)
        if FORWARDED.encode() in headers:
            return _GONE
        return await self._elsewhere(connection_id, prefix, scope["method"], body)

    def _deployments(self) -> Iterable[tuple[str, str]]:
        return self._replica.catalogue.deployments

    async def _here(self, connection: Connection, place: tuple[str, ...], method: str, body: bytes) -> Response:
        client = connection.client
        here = not place or (client.api, client.stage)[-len(place) :] == place
        if not here or not connection.is_open:
            return _GONE
        if method == "GET":
            return Response(200, [("Content-Type", "application/json")], orjson.dumps(describe(connection)))
        if method == "DELETE":
            await connection.close(NORMAL)
            return _DELETED
        return await self._post(connection, body)

    async def _post(self, connection: Connection, body: bytes) -> Response:
        try:
            await connection.post(body.decode(errors="replace"), self._replica.now())
        except Gone:
            return _GONE
        except BufferFull:
            return _BUFFER_FULL
        self._replica.routing.sent(connection.client)
        return _OK

    async def _elsewhere(self, connection_id: str, prefix: str, method: str, body: bytes) -> Response:
        """Have the replica that holds the connection answer. A replica that is not there holds nothing any more."""
        try:
            replica = await self._replica.directory.find(connection_id)
            # One that is listed as here but not held is not open yet, and its row is needed: $connect is running.
            if replica is None or replica == self._replica.directory.own:
                return _GONE
            path = quote(prefix) + PATH + quote(connection_id, safe="")
            if forwarded := await self._forwarded(replica, method, path, body):
                return _passed_on(forwarded)
        except (AwsError, CallFailed, CallTimedOut) as error:
            LOG.warning(line("unreachable", connection=connection_id, error=error))
            return _UNREACHABLE
        await self._replica.directory.remove(connection_id)
        return _GONE

    async def _forwarded(self, replica: str, method: str, path: str, body: bytes) -> Reply | None:
        """The other replica's answer; None: it is not there. Raises CallFailed when it is and did not answer."""
        peers = self._replica.peers
        try:
            return await peers.forward(replica, method, path, body)
        except CallFailed as error:
            # A connection that was open when the replica was killed breaks under the request: a new one tells.
            if error.unsent or not await peers.is_there(replica):
                return None
            raise


class WebSocketPaths:
    """ASGI middleware: sockets and calls of @connections go to whom they are for, everything else goes on."""

    def __init__(self, app: App, sockets: App, management: Management) -> None:
        self.app, self.sockets, self.management = app, sockets, management

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
        elif scope["type"] == "http" and PATH in scope["path"] and self.management.serves(scope["path"]):
            await self.management(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _place(prefix: str) -> tuple[str, ...]:
    return tuple(part for part in prefix.split("/") if part)


def _is_signed(headers: Mapping[bytes, bytes], query: bytes) -> bool:
    """Whether there is a signature at all; whose it is nobody here asks."""
    return headers.get(b"authorization", b"").startswith(b"AWS4-") or b"X-Amz-Signature=" in query


async def _read(headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
    """The body, or None as soon as it is known to be too large. Raises HungUp."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > MESSAGE_BYTES:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp
        body += message.get("body", b"")
        if len(body) > MESSAGE_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _passed_on(reply: Reply) -> Response:
    names = {"content-type": "Content-Type", "x-amzn-errortype": "x-amzn-ErrorType"}
    return Response(reply.status, [(names[n], v) for n, v in reply.headers.items() if n in names], reply.body)


async def _send(send: Send, response: Response) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers]
    if response.status != 204:
        headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
