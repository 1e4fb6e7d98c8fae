"""Calls of @connections: what is posted, and what becomes of the directory's rows."""

from typing import Any

from prometheus_client import CollectorRegistry

from services.gateway.outbound import Outbound
from services.gateway.websocket import replica
from services.gateway.websocket.directory import Directory
from services.gateway.websocket.limits import Limits
from services.gateway.websocket.management import Management
from tests.unit.gateway.test_websocket_directory import Table
from tests.unit.gateway.websocket_support import Wire, admit, connection, deployment

ADDRESS = "http://127.0.0.1:8000"


def built(table: Table) -> replica.Replica:
    """A replica whose directory is in this table."""
    outbound = Outbound(lambda _service: "http://127.0.0.1:9", None, "us-east-1")
    outbound.ask = table.ask  # type: ignore[method-assign, assignment]
    place = replica.Place("us-east-1", ADDRESS)
    return replica.build([], outbound, place, Limits(), CollectorRegistry(), admit=admit)


async def posted(to: replica.Replica, connection_id: str, *messages: dict[str, Any]) -> list[int]:
    """The statuses that somebody hears who posts these ASGI messages to a connection."""
    waiting, sent = list(messages), list[Any]()

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"AWS4-HMAC-SHA256 x")]
    scope = {"type": "http", "method": "POST", "path": f"/@connections/{connection_id}", "query_string": b""}
    await Management(to)({**scope, "headers": headers}, receive, send)
    return [message["status"] for message in sent if "status" in message]


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """A part of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_half_a_message_is_not_posted() -> None:
    """Who hangs up in the middle of the body has posted nothing; a client would get broken JSON."""
    here, wire = built(Table()), Wire()
    open_one = connection(deployment(), wire)
    here.held["c1"] = open_one

    assert await posted(here, "c1", part(b'{"half', more=True), {"type": "http.disconnect"}) == []
    assert wire.sent == []
    assert await posted(here, "c1", part(b'{"half', more=True), part(b'":1}', more=False)) == [200]
    assert wire.sent == ['{"half":1}']


async def test_a_post_that_comes_while_connect_runs_leaves_the_connection_listed() -> None:
    """It is 410, as it is not open yet; once it is, other replicas must find it."""
    table = Table()
    here = built(table)
    await here.directory.add("c1", expires=1000)

    assert await posted(here, "c1", part(b"early", more=False)) == [410]
    assert await Directory(table.ask, "http://other").find("c1") == ADDRESS
