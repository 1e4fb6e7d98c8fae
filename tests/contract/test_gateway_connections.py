"""The @connections API by boto3, connections that several replicas share, and what ends a connection from this side."""

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close

from cloud.wait import until_async
from tests.contract.emulators import Emulator
from tests.contract.websocket_stack import (
    Functions,
    Gateway,
    ask,
    gateway,
    in_thread,
    lambda_api,
    opened,
    publish_outputs,
)

pytestmark = pytest.mark.emulator

PATH = "/plain/production"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=test"}


@pytest.fixture(scope="module")
def lambda_() -> Iterator[tuple[Functions, str]]:
    functions = Functions()
    with lambda_api(functions) as address:
        yield functions, address


@pytest.fixture(scope="module")
def served(mended: Emulator, lambda_: tuple[Functions, str], folder: Path) -> Iterator[Gateway]:
    publish_outputs(mended.url)
    with gateway(mended.url, lambda_[1], folder) as started:
        yield started


@pytest.fixture(scope="module")
def hasty(mended: Emulator, lambda_: tuple[Functions, str], folder: Path) -> Iterator[Gateway]:
    """A second replica, whose connections may be idle for 6 s and live for 14, three of them begun in a second."""
    publish_outputs(mended.url)
    hurry = {"IDLE_SECONDS": "6", "LIFE_SECONDS": "14", "CONNECTS_PER_SECOND": "3"}
    variables = {f"FOGBANK_WEBSOCKET_{name}": value for name, value in hurry.items()}
    with gateway(mended.url, lambda_[1], folder, **variables) as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateways")


@pytest.fixture
def functions(lambda_: tuple[Functions, str]) -> Functions:
    """The functions, as new. Reply answers with the connection's id."""
    found = lambda_[0]
    found.forget()
    found.doing["Reply"] = lambda event: {
        "statusCode": 200,
        "body": json.dumps(event["requestContext"]["connectionId"]),
    }
    return found


async def identity(socket: Any) -> str:
    """Who a socket is."""
    return str(await ask(socket, {"action": "ask"}))


async def closing(socket: Any) -> Close | None:
    """Read until the server closes; its close frame."""
    try:
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd


async def failing(client: Any, verb: str, **arguments: Any) -> ClientError:
    """The error that a call must raise."""
    with pytest.raises(ClientError) as caught:
        await in_thread(getattr(client, verb), **arguments)
    return caught.value


async def test_post_get_and_delete_by_boto3(served: Gateway, functions: Functions) -> None:
    """The text arrives, the times and the address are told, the socket closes; then everything is GoneException."""
    client = served.management()
    async with opened(served.ws + PATH, user_agent_header="agent/1") as socket:
        name = await identity(socket)
        first = await in_thread(client.get_connection, ConnectionId=name)
        posted = await in_thread(client.post_to_connection, ConnectionId=name, Data='{"é": 1}'.encode())
        received = await asyncio.wait_for(socket.recv(), 60)
        found = await in_thread(client.get_connection, ConnectionId=name)
        deleted = await in_thread(client.delete_connection, ConnectionId=name)
        closed = await closing(socket)
    context = functions.awaited("Disconnect", name)["requestContext"]

    assert (posted["ResponseMetadata"]["HTTPStatusCode"], received) == (200, '{"é": 1}')
    assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "agent/1"}
    assert found["ConnectedAt"] == first["ConnectedAt"] <= first["LastActiveAt"] < found["LastActiveAt"]
    assert (deleted["ResponseMetadata"]["HTTPStatusCode"], closed and closed.code) == (204, 1000)
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1000, "Connection Closed Normally")
    for verb, more in (("post_to_connection", {"Data": b"x"}), ("get_connection", {}), ("delete_connection", {})):
        error = await failing(client, verb, ConnectionId=name, **more)
        assert isinstance(error, client.exceptions.GoneException)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 410


async def test_what_never_was_is_gone(served: Gateway, functions: Functions) -> None:
    """An id that nobody got, and another API's connection."""
    client = served.management()
    assert isinstance(
        await failing(client, "post_to_connection", ConnectionId="AAAAAAAAAAAAAAA=", Data=b"x"),
        client.exceptions.GoneException,
    )
    async with opened(served.ws + PATH) as socket:
        name = await identity(socket)
        other = served.management("/composed/production")
        error = await failing(other, "get_connection", ConnectionId=name)

        assert isinstance(error, other.exceptions.GoneException)


async def test_a_connection_is_reached_by_the_stage_alone_and_by_nothing(served: Gateway, functions: Functions) -> None:
    """On AWS each API has a host of its own; code that knows host and stage, or boto3's variable, gets there too."""
    async with opened(served.ws + PATH) as socket:
        name = await identity(socket)
        for place in ("/production", ""):
            await served.post(name, place.encode() or b"nothing", place)
        received = [await asyncio.wait_for(socket.recv(), 60) for _ in range(2)]

    assert received == ["/production", "nothing"]


async def test_posts_are_limited_signed_and_at_home(served: Gateway, functions: Functions) -> None:
    """413 beyond 128 KB, 403 for an unknown stage, without a signature, and from a foreign page."""
    client = served.management()
    async with opened(served.ws + PATH, max_size=None) as socket:
        name = await identity(socket)
        await served.post(name, b"x" * 131_072)
        received = await asyncio.wait_for(socket.recv(), 60)
        large = await failing(client, "post_to_connection", ConnectionId=name, Data=b"x" * 131_073)
        lost = await failing(served.management("/plain/other"), "get_connection", ConnectionId=name)
        url = f"{served.http}{PATH}/@connections/{name}"
        unsigned = await in_thread(httpx.post, url, content="x")
        foreign = await in_thread(httpx.post, url, content="x", headers={**SIGNED, "Origin": "http://evil.example"})
        signed = await in_thread(httpx.get, url, headers=SIGNED)

    assert len(received) == 131_072
    assert isinstance(large, client.exceptions.PayloadTooLargeException)
    assert lost.response["Error"]["Code"] == "ForbiddenException"
    assert (unsigned.status_code, unsigned.headers["x-amzn-ErrorType"]) == (403, "ForbiddenException")
    assert (foreign.status_code, signed.status_code) == (403, 200)


async def test_nothing_reaches_a_connection_before_connect_has_returned(served: Gateway, functions: Functions) -> None:
    """Posted from within $connect: gone; afterwards it arrives."""
    client, heard = served.management(), []

    def connect(event: Any) -> Any:
        try:
            client.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=b"early")
        except client.exceptions.GoneException:
            heard.append("gone")
        return {"statusCode": 200}

    functions.doing["Connect"] = connect
    async with opened(served.ws + PATH) as socket:
        name = await identity(socket)
        await served.post(name, b"now")
        received = await asyncio.wait_for(socket.recv(), 60)

    assert (heard, received) == (["gone"], "now")


async def test_a_client_that_does_not_read_is_told_of(served: Gateway, functions: Functions) -> None:
    """429 LimitExceededException once its buffers are full, at once and for it alone; others are reached meanwhile."""
    client = served.management()
    async with opened(served.ws + PATH) as other, opened(served.ws + PATH, max_queue=1) as socket:
        name, another = await identity(socket), await identity(other)

        async def full() -> Any:
            try:
                await served.post(name, b"x" * 131_072)
            except client.exceptions.LimitExceededException as error:
                return error

        error = await until_async(full, 60, what="a full buffer", interval=0)
        await served.post(another, b"still here")
        received = await asyncio.wait_for(other.recv(), 60)
        socket.transport.abort()
    functions.awaited("Disconnect", name)

    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert received == "still here"


async def test_another_replica_reaches_the_connection(served: Gateway, hasty: Gateway, functions: Functions) -> None:
    """POST, GET and DELETE through either of two, whichever holds it; its errors come through as they are."""
    client = hasty.management()
    async with opened(served.ws + PATH, user_agent_header="agent/1") as socket:
        name = await identity(socket)
        await hasty.post(name, b"from elsewhere")
        received = await asyncio.wait_for(socket.recv(), 60)
        found = await in_thread(client.get_connection, ConnectionId=name)
        large = await failing(client, "post_to_connection", ConnectionId=name, Data=b"x" * 131_073)
        elsewhere = hasty.management("/composed/production")
        error = await failing(elsewhere, "get_connection", ConnectionId=name)
        await in_thread(client.delete_connection, ConnectionId=name)
        closed = await closing(socket)
    functions.awaited("Disconnect", name)
    gone = await failing(client, "post_to_connection", ConnectionId=name, Data=b"x")

    assert (received, found["Identity"]["UserAgent"], closed and closed.code) == ("from elsewhere", "agent/1", 1000)
    assert isinstance(large, client.exceptions.PayloadTooLargeException)
    assert isinstance(error, elsewhere.exceptions.GoneException)
    assert isinstance(gone, client.exceptions.GoneException)


async def test_what_a_dead_replica_held_is_gone(
    mended: Emulator, lambda_: tuple[Functions, str], served: Gateway, functions: Functions, folder: Path
) -> None:
    """Killed, it cannot delete its rows; the first who finds nobody there does."""
    client = served.management()
    with gateway(mended.url, lambda_[1], folder) as doomed:
        async with opened(doomed.ws + PATH) as socket:
            name = await identity(socket)
            await served.post(name, b"alive")
            received = await asyncio.wait_for(socket.recv(), 60)
            doomed.process.kill()
            await closing(socket)
        for _ in range(2):
            error = await failing(client, "post_to_connection", ConnectionId=name, Data=b"x")
            assert isinstance(error, client.exceptions.GoneException)

    assert received == "alive"
    assert name not in listed(mended)


def listed(emulator: Emulator) -> set[str]:
    """The ids of all connections that any replica says it has."""
    table = boto3.client("dynamodb", endpoint_url=emulator.url)
    rows = table.scan(TableName="FogbankConnections", ConsistentRead=True)["Items"]
    table.close()
    return {row["Connection"]["S"] for row in rows}


async def test_a_replica_that_is_stopped_says_goodbye(
    mended: Emulator, lambda_: tuple[Functions, str], functions: Functions, folder: Path
) -> None:
    """SIGTERM: every socket closes with 1001, $disconnect runs for each, no row is left, and the process ends well."""
    with gateway(mended.url, lambda_[1], folder) as ending:
        sockets = [await opened(ending.ws + PATH) for _ in range(20)]
        names = [await identity(socket) for socket in sockets]
        ending.process.send_signal(signal.SIGTERM)
        codes = {closed.code if (closed := await closing(socket)) else None for socket in sockets}
        contexts = [
            (await in_thread(functions.awaited, "Disconnect", name))["requestContext"]["disconnectStatusCode"]
            for name in names
        ]
        ended = await in_thread(ending.process.wait, 60)

    assert (codes, set(contexts), ended) == ({1001}, {1001}, -signal.SIGTERM)
    assert not set(names) & listed(mended)


async def test_an_idle_connection_is_closed_and_a_used_one_at_the_end_of_its_life(
    hasty: Gateway, functions: Functions
) -> None:
    """Idle: 1001 after 6 s without a message, pings or not; messages either way keep it, for 14 s in all."""

    def reply(event: Any) -> Any:
        pause.wait(0.2)  # it is asked again and again, for seconds
        return {"statusCode": 200, "body": "1"}

    pause = threading.Event()
    async with opened(hasty.ws + PATH) as idle, opened(hasty.ws + PATH) as used, opened(hasty.ws + PATH) as heard:
        names = [await identity(socket) for socket in (idle, used, heard)]
        functions.doing["Reply"] = reply
        ends = await asyncio.gather(closing(idle), keep(used, hasty, names[2]), closing(heard))
    contexts = [functions.awaited("Disconnect", name)["requestContext"] for name in names]
    spans = [(context["requestTimeEpoch"] - context["connectedAt"]) / 1000 for context in contexts]

    assert [end and (end.code, end.reason) for end in ends] == [(1001, "Going away")] * 3
    assert {(one["disconnectStatusCode"], one["disconnectReason"]) for one in contexts} == {(1001, "Going away")}
    assert 6 <= spans[0] < 14 <= min(spans[1:])


async def keep(used: Any, served: Gateway, heard: str) -> Close | None:
    """Send on one socket, and post to another, until the first closes; its close frame."""
    gone = served.management().exceptions.GoneException
    while True:
        try:
            await ask(used, {"action": "ask"})
            await served.post(heard, b"x")
        except ConnectionClosed as closed:
            return closed.rcvd
        except gone:
            continue


async def test_new_connections_a_second_are_limited(hasty: Gateway, functions: Functions) -> None:
    """Beyond the account's number a handshake is 429, and later it is not."""
    statuses = []

    async def one() -> None:
        try:
            async with opened(hasty.ws + PATH):
                statuses.append(101)
        except InvalidStatus as refusal:
            statuses.append(refusal.response.status_code)

    async def all_at_once() -> bool:
        await asyncio.gather(*(one() for _ in range(12)))
        return 429 in statuses

    await until_async(all_at_once, 60, what="a refusal")
    statuses.clear()

    async def again() -> bool:
        await one()
        return 101 in statuses

    await until_async(again, 60, what="a connection")
    assert set(statuses) <= {101, 429}
