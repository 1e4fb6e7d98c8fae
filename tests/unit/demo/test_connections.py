"""The load generator's connections against a server of canned bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from demo import connections
from demo.api import Api, NoAnswer, Refused
from demo.connections import Connections

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"fine":true}'


@dataclass
class Canned:
    """A server that answers each request with the next of these byte strings; b"" closes without an answer."""

    answers: list[bytes]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    serving: list[asyncio.StreamWriter] = field(default_factory=list)
    address: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.append(writer)
        while head := await self._head(reader):
            length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
            self.requests.append(head + await reader.readexactly(length))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            for byte in range(0, len(answer), 7):  # in pieces, as networks may deliver it
                writer.write(answer[byte : byte + 7])
                await writer.drain()
            if not answer:
                break
        writer.close()

    async def end(self) -> None:
        for writer in self.serving:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    """The server, on a free port."""
    canned = Canned([GOOD])
    server = await asyncio.start_server(canned.serve, "127.0.0.1", 0)
    canned.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield canned
    server.close()
    await canned.end()


@pytest.fixture
async def api(canned: Canned) -> AsyncIterator[Api]:
    """The API on that server."""
    there = Connections(canned.address)
    yield Api(there)
    there.close()


async def test_a_call_is_one_whole_request(canned: Canned, api: Api) -> None:
    """Line, host, token, type, length and body, as the gateway reads them."""
    reply = await api.call("POST", "updatestatus", "token", b'{"Score":5}')

    assert (reply.status, reply.body) == (200, {"fine": True})
    host = canned.address.removeprefix("http://").encode()
    assert canned.requests == [
        b"POST /alien-attack/prod/v1/updatestatus HTTP/1.1\r\nHost: " + host + b"\r\nAuthorization: token\r\n"
        b'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"Score":5}'
    ]


async def test_a_connection_is_used_again(canned: Canned, api: Api) -> None:
    """Ten calls one after the other need one connection, ten at once need more."""
    for _ in range(10):
        await api.call("GET", "scoreboard?sessionId=x", "token")
    one_by_one = canned.connections
    await asyncio.gather(*(api.call("GET", "scoreboard?sessionId=x", "token") for _ in range(10)))

    assert one_by_one == 1
    assert canned.connections > 1


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n"])
async def test_what_is_no_answer_is_said(canned: Canned, api: Api, answer: bytes) -> None:
    """NoAnswer, never a guess; the next call has a connection of its own and works."""
    canned.answers = [answer, GOOD]
    with pytest.raises(NoAnswer):
        await api.call("GET", "config", "")

    assert (await api.call("GET", "config", "")).status == 200


async def test_a_slow_answer_is_not_waited_for(canned: Canned, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time for an answer the call ends with NoAnswer, and its connection is not used again."""
    monkeypatch.setattr(connections, "ANSWER_TIMEOUT", 0.05)
    canned.answers = [GOOD[:30], GOOD]
    with pytest.raises(NoAnswer, match=r"no answer within 0\.05 s"):
        await api.call("GET", "config", "")

    assert (await api.call("GET", "config", "")).status == 200
    assert canned.connections == 2


async def test_a_connection_that_the_server_ends_is_not_used_again(canned: Canned, api: Api) -> None:
    """Connection: close is obeyed."""
    canned.answers = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"]
    await api.call("GET", "config", "")
    await api.call("GET", "config", "")

    assert canned.connections == 2


async def test_chunked_answers_are_read(canned: Canned, api: Api) -> None:
    """A proxy in between may send them."""
    canned.answers = [b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a": 1\r\n1\r\n}\r\n0\r\n\r\n']

    assert (await api.call("GET", "config", "")).body == {"a": 1}


async def test_nobody_listens_is_no_answer() -> None:
    """A gateway that is gone refuses connections: NoAnswer."""
    with pytest.raises(NoAnswer):
        await Api(Connections("http://127.0.0.1:9")).call("GET", "config", "")


async def test_insisting_on_200(canned: Canned, api: Api) -> None:
    """Any other status is raised with what the API said."""
    canned.answers = [b'HTTP/1.1 403 Forbidden\r\nContent-Length: 16\r\n\r\n{"message":"no"}']
    with pytest.raises(Refused, match=r"DELETE manager/session answered 403.*no"):
        await api.insist("DELETE", "manager/session", "token")
    assert b"Content-Length: 0" in canned.requests[0]
