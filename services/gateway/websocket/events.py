"""The events that functions behind a WebSocket API get: keys and nulls as AWS sends them.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.gateway.exchange import ACCOUNT, request_time
from services.gateway.headers import DROPPED, canonical
from services.gateway.messages import Headers
from services.gateway.policy import condition_keys

Event = dict[str, Any]


@dataclass(slots=True)
class Handshake:
    """The HTTP request that a connection began with. headers: names in lower case; query: decoded, in order."""

    headers: Headers
    query: list[tuple[str, str]]
    source_ip: str

    def header(self, name: str) -> str | None:
        """A header's last value."""
        return dict(self.headers).get(name.lower())

    @property
    def condition_keys(self) -> dict[str, str]:
        """What conditions of policies may ask for."""
        return condition_keys(self.source_ip, dict(self.headers))


@dataclass(slots=True)
class Client:
    """Who is connected, to which stage, since when (seconds since the epoch). authorizer: what it let pass on."""

    connection_id: str
    api: str
    stage: str
    connected_at: float
    source_ip: str
    domain: str
    user_agent: str | None = None
    authorizer: Mapping[str, Any] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, str]:
        """requestContext.identity, and what GET @connections says."""
        agent = {"userAgent": self.user_agent} if self.user_agent else {}
        return {**agent, "sourceIp": self.source_ip}


def new_id() -> str:
    """An id as AWS gives connections, messages and requests: 15 characters and an equals sign."""
    # Not led by a hyphen, which command lines take for an option.
    noise = os.urandom(11)
    return base64.urlsafe_b64encode(bytes([noise[0] & 0x7F]) + noise[1:]).decode()


def request_context(client: Client, route: str, kind: str, now: float, **more: Any) -> dict[str, Any]:
    """requestContext, in AWS's order. more: messageId, disconnectStatusCode, disconnectReason."""
    request_id = new_id()
    authorizer = {"authorizer": dict(client.authorizer)} if client.authorizer is not None else {}
    first: Event = {name: more[name] for name in ("disconnectStatusCode", "messageId") if name in more}
    last: Event = {name: more[name] for name in ("disconnectReason",) if name in more}
    return {
        "routeKey": route,
        **authorizer,
        **first,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": request_time(now),
        "messageDirection": "IN",
        **last,
        "stage": client.stage,
        "connectedAt": int(client.connected_at * 1000),
        "requestTimeEpoch": int(now * 1000),
        "identity": client.identity,
        "requestId": request_id,
        "domainName": client.domain,
        "connectionId": client.connection_id,
        "apiId": client.api,
    }


def connect(client: Client, handshake: Handshake, now: float) -> Event:
    """CONNECT: the handshake's headers and query, no body."""
    return {
        **_head(handshake, now),
        **({"stageVariables": dict(client.variables)} if client.variables else {}),
        "requestContext": request_context(client, "$connect", "CONNECT", now),
        "isBase64Encoded": False,
    }


def authorize(client: Client, handshake: Handshake, now: float, region: str) -> Event:
    """What a REQUEST authorizer gets: as CONNECT, with methodArn; here all maps are there, if empty."""
    arn = f"arn:aws:execute-api:{region}:{ACCOUNT}:{client.api}/{client.stage}/$connect"
    query: Event = {"queryStringParameters": {}, "multiValueQueryStringParameters": {}}
    return {
        "type": "REQUEST",
        "methodArn": arn,
        **query,
        **_head(handshake, now),
        "stageVariables": dict(client.variables),
        "requestContext": request_context(client, "$connect", "CONNECT", now),
    }


def message(client: Client, route: str, body: str, now: float) -> Event:
    """MESSAGE: the context and the body, nothing else."""
    return {
        "requestContext": request_context(client, route, "MESSAGE", now, messageId=new_id()),
        **({"stageVariables": dict(client.variables)} if client.variables else {}),
        "body": body,
        "isBase64Encoded": False,
    }


def disconnect(client: Client, code: int, reason: str, now: float) -> Event:
    """DISCONNECT: how it ended."""
    headers = {"Host": client.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    more = {"disconnectStatusCode": code, "disconnectReason": reason}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        **({"stageVariables": dict(client.variables)} if client.variables else {}),
        "requestContext": request_context(client, "$disconnect", "DISCONNECT", now, **more),
        "isBase64Encoded": False,
    }


def _head(handshake: Handshake, now: float) -> dict[str, Any]:
    headers = [(_spelt(name), value) for name, value in handshake.headers if name not in DROPPED]
    headers += _added(handshake, now)
    head: dict[str, Any] = {"headers": dict(headers), "multiValueHeaders": _multi(headers)}
    if handshake.query:
        head["queryStringParameters"] = dict(handshake.query)
        head["multiValueQueryStringParameters"] = _multi(handshake.query)
    return head


def _added(handshake: Handshake, now: float) -> Headers:
    port = (handshake.header("host") or "").rpartition(":")[2]
    forwarded = handshake.header("x-forwarded-for")
    return [
        ("X-Amzn-Trace-Id", f"Root=1-{int(now):08x}-{os.urandom(12).hex()}"),
        ("X-Forwarded-For", f"{forwarded}, {handshake.source_ip}" if forwarded else handshake.source_ip),
        ("X-Forwarded-Port", port if port.isdigit() else "80"),
        ("X-Forwarded-Proto", "http"),
    ]


def _spelt(name: str) -> str:
    return canonical(name).replace("Sec-Websocket", "Sec-WebSocket")


def _multi(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for name, value in pairs:
        result.setdefault(name, []).append(value)
    return result
