"""The WebSocket API on the running stack: who may come in, START, and what is pushed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from cloud.wait import until, until_async
from tests.e2e.callers import Caller, People, Sessions

pytestmark = pytest.mark.stack

PATIENCE = 60  # seconds; functions start, streams are read, and the machine may be busy
COUNTDOWN = 3000  # ms from the START to the start

Message = dict[str, Any]


class Client:
    """Somebody who is connected, and what was heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self.heard: list[Message] = []
        self._socket = socket
        self._reading = asyncio.create_task(self._read())

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self._socket.send(json.dumps(message))

    async def first(self, kind: str, like: Callable[[Message], object] = lambda _: True) -> Message:
        """The first message of that type that is as wanted, once it is there."""

        async def found() -> Message | None:
            return next((one for one in self.heard if one["type"] == kind and like(one)), None)

        message = await until_async(found, PATIENCE, what=f"{kind}; heard: {[one['type'] for one in self.heard]}")
        assert message
        return message

    async def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for text in self._socket:
            self.heard.append(json.loads(text))


@pytest.fixture
def address(manager: Caller) -> str:
    """Where the WebSocket API is. In Docker a lab is told the gateway's name there; as pages do, take its path only."""
    told = urlsplit(str(manager.call("GET", "websocket").json()))
    return f"ws://{urlsplit(manager.base).netloc}{told.path}"


async def together(address: str, callers: list[Caller], what: Callable[..., Awaitable[None]]) -> None:
    """Connect all of them, do something with their clients, and hang up."""
    clients = [Client(await connect(f"{address}?token={caller.token}")) for caller in callers]
    try:
        await what(*clients)
    finally:
        for client in clients:
            await client.close()


def test_only_who_has_a_good_token_may_come_in(address: str, people: People) -> None:
    """Without one, with nonsense, with a forged one, a gamer to watch a board: 401, before there is a socket."""
    gamer = people.gamer()
    header, claims, signature = gamer.token.split(".")
    swapped = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]

    async def status(query: str) -> int:
        try:
            async with websockets.connect(address + query):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    async def statuses() -> list[int]:
        tokens = ("", "?token=", "?token=abc", f"?token={header}.{claims}.{swapped}", f"?token={gamer.token}")
        return [await status(query) for query in (*tokens, f"?board=x&token={gamer.token}")]

    assert asyncio.run(statuses()) == [401, 401, 401, 401, 101, 401]


def test_a_manager_starts_all_at_once_and_everything_is_pushed(
    address: str, people: People, manager: Caller, sessions: Sessions
) -> None:
    """Session on connecting, seats, START with one moment and seed for all, the board after a post, the closing."""
    ada, linus = people.gamer("ada"), people.gamer("linus")
    session_id = sessions.open(GameType="SINGLE_TRIAL", Synchronized=True)
    assert ada.allocate().status_code == 200

    async def play(first: Client, second: Client, boss: Client) -> None:
        told = await second.first("session")
        assert told["session"]["SessionId"] == session_id
        assert (await asyncio.to_thread(linus.allocate)).status_code == 200
        await first.first("seats", lambda one: {ada.who, linus.who} <= set(one["names"]))
        await first.say(action="start-game")
        assert (await first.first("error"))["message"] == "Only a manager can start"

        before = time.time() * 1000
        await boss.say(action="start-game")
        starts = [await one.first("start") for one in (first, second, boss)]
        assert starts[0] == starts[1] == starts[2]
        assert before + COUNTDOWN <= starts[0]["startAt"] <= time.time() * 1000 + COUNTDOWN
        assert (await boss.first("started"))["sent"] >= 3
        await second.first("session", lambda one: one["session"].get("StartAt") == starts[0]["startAt"])

        answer = await asyncio.to_thread(ada.post_status, session_id, Score=40)
        assert answer.status_code == 200
        board = await second.first("board", lambda one: one["gamers"] and one["gamers"][0][1] == 40)
        assert (board["gamers"][0][0], board["sessionId"]) == (ada.who, session_id)

        await first.say(action="ping", t=7)
        assert (await first.first("pong"))["t"] == 7
        await asyncio.to_thread(sessions.close)
        assert (await second.first("closed"))["sessionId"] == session_id

    asyncio.run(together(address, [ada, linus, manager], play))
    session = json.loads(manager.call("GET", "session").json())
    assert session["SynchronizeTime"]
    assert session["ClosingTime"]


def test_who_has_gone_is_no_connection_any_more(
    address: str, people: People, manager: Caller, sessions: Sessions
) -> None:
    """Managers see how many are connected."""
    gamer = people.gamer()
    sessions.open()

    async def look(_client: Client) -> None:
        await until_async(lambda: asyncio.to_thread(lambda: connected(manager) == 1), PATIENCE, what="one connection")

    until(lambda: connected(manager) == 0, PATIENCE, what="no connection")
    asyncio.run(together(address, [gamer], look))
    until(lambda: connected(manager) == 0, PATIENCE, what="no connection again")


def connected(manager: Caller) -> int:
    """How many are connected, as managers see."""
    return int(manager.call("GET", "manager/seats").json().get("Connections", 0))


def test_the_projector_needs_the_code_and_no_token(
    address: str, people: People, manager: Caller, sessions: Sessions
) -> None:
    """A gamer's row is there with the code that managers see; 403 with another; the time is the server's.

    The code also opens a socket that is told of this board, and counts for no connection of the room's.
    """
    gamer = people.gamer()
    session_id = sessions.open()
    assert gamer.allocate().status_code == 200
    history = manager.call("GET", "manager/sessions").json()["Sessions"]
    code = next(one["BoardCode"] for one in history if one["SessionId"] == session_id)

    shown = people.nobody.call("GET", "board", params={"sessionId": session_id, "code": code})
    refused = people.nobody.call("GET", "board", params={"sessionId": session_id, "code": "AAAAAAAA"})
    told = people.nobody.call("GET", "time").json()["now"]

    assert [row["Nickname"] for row in shown.json()["Gamers"]] == [gamer.who]
    assert refused.status_code == 403
    assert abs(told - time.time() * 1000) < PATIENCE * 1000

    async def watch() -> None:
        wall = Client(await connect(f"{address}?{urlencode({'board': session_id, 'token': code})}"))
        try:
            assert (await asyncio.to_thread(gamer.post_status, session_id, Score=40)).status_code == 200
            await wall.first("board", lambda one: one["gamers"] and one["gamers"][0][1] == 40)
            assert await asyncio.to_thread(connected, manager) == 0
            assert {one["type"] for one in wall.heard} == {"board"}
        finally:
            await wall.close()

    until(lambda: connected(manager) == 0, PATIENCE, what="no connection")
    asyncio.run(watch())
    assert gamer.call("POST", "heartbeat").json() == {"leaseSeconds": 30}
    assert people.gamer().call("POST", "heartbeat").status_code == 422
