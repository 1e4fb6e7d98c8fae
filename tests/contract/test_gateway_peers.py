"""Replicas of the gateway that do not answer: which of them are gone."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
from botocore.credentials import Credentials

from services.gateway.messages import CallFailed, CallTimedOut, HttpCall
from services.gateway.outbound import Outbound
from services.gateway.websocket.peers import Peers


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    """The gateway's way out, which leads to no service."""
    made = Outbound(lambda service: f"http://127.0.0.1:9/{service}", Credentials("test", "test"), "us-east-1")
    yield made
    await made.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def unreachable() -> Iterator[str]:
    """An address whose connections are never made, as behind a network that is cut: its queue of callers is full."""
    with ExitStack() as held:
        listening = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            caller = held.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


async def test_who_cannot_be_reached_is_gone_and_who_is_silent_is_not(
    outbound: Outbound, silent: str, unreachable: str
) -> None:
    """Only of the first it is known that it holds no connection any more."""
    peers = Peers(outbound.http)
    there, gone = await asyncio.gather(peers.is_there(silent), peers.is_there(unreachable))
    assert there
    assert not gone


async def test_a_call_that_was_never_connected_was_not_sent(outbound: Outbound, silent: str, unreachable: str) -> None:
    """It fails as such; one that is not answered is timed out, and may have been carried out."""
    with pytest.raises(CallFailed) as failed:
        await outbound.http(HttpCall("POST", unreachable, b"x", [], timeout=20, connect=0.5))
    assert failed.value.unsent
    with pytest.raises(CallTimedOut):
        await outbound.http(HttpCall("POST", silent, b"x", [], timeout=0.5, connect=20))
