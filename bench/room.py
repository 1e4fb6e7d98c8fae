"""A room full of gamers on a stack: signed in, seated in an open session, and the requests that they send."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import orjson

from bench.tokens import minted
from cloud.wait import until_async
from demo import accounts, names
from demo.accounts import Account
from demo.api import Api, connect
from demo.manager import Manager, pool
from demo.settings import Settings, from_env
from stack.apart import Stack

MOST_SEATS = 1000
SIGNED_UP = 200  # gamers; those beyond have tokens like theirs
SEATS_AT_ONCE = 16
PATIENCE = 120.0  # seconds for the session to close
PATH = "/alien-attack/prod/v1"


@dataclass(frozen=True)
class Room:
    """address: of the gateway; manager: the manager's token; live: the WebSocket API's address as the lab tells it."""

    address: str
    session_id: str
    gamers: Sequence[Account]
    manager: str
    live: str

    def posts(self, address: str = "") -> list[str]:
        """One post of each gamer, as whole HTTP requests to this address, the gateway's unless told otherwise."""
        return [
            request(address or self.address, "POST", "updatestatus", one.token, self._body()) for one in self.gamers
        ]

    def _body(self) -> bytes:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return orjson.dumps(
            {"Timestamp": now, "SessionId": self.session_id, "Lives": 3, "Score": 100, "Shots": 7, "Level": 1}
        )


def request(address: str, method: str, path: str, token: str, body: bytes = b"") -> str:
    """A whole HTTP request to a path of the API."""
    head = [
        f"{method} {PATH}/{path} HTTP/1.1",
        f"Host: {urlsplit(address).netloc}",
        f"Authorization: {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head) + "\r\n\r\n" + body.decode()


@contextmanager
def room(stack: Stack, gamers: int, *, seated: bool = True) -> Iterator[Room]:
    """A session with so many gamers; closed at the end."""
    settings = from_env(stack.environ)
    opened = asyncio.run(_open(settings, gamers, seated))
    try:
        yield opened
    finally:
        asyncio.run(_close(settings, opened.manager))


async def _open(settings: Settings, number: int, seated: bool) -> Room:
    async with connect(settings.gateway) as api:
        where = await pool(api)
        token = await asyncio.to_thread(accounts.sign_in, where, "manager", settings.password("manager"))
        session_id = await Manager(api, token).open("bench-", min(max(number, 200), MOST_SEATS))
        ring = accounts.keyring(settings.home / "demo.json")
        nicknames = [names.nickname(index) for index in range(number)]
        gamers = await asyncio.to_thread(accounts.gamers, where, nicknames[:SIGNED_UP], ring, lambda: None)
        gamers += await minted(where, settings.home, gamers[0], nicknames[SIGNED_UP:])
        if seated:
            await _seat(api, gamers[:MOST_SEATS])
        live = str(await api.insist("GET", "websocket", token))
        return Room(settings.gateway, session_id, gamers, token, live)


async def _seat(api: Api, gamers: Sequence[Account]) -> None:
    turnstile = asyncio.Semaphore(SEATS_AT_ONCE)

    async def enter(gamer: Account) -> None:
        async with turnstile:
            await api.insist("POST", "allocate", gamer.token, {})

    await asyncio.gather(*map(enter, gamers))


async def _close(settings: Settings, token: str) -> None:
    """Thousands of sockets may just have been hung up, and each has a function to run."""
    async with connect(settings.gateway) as api:
        manager = Manager(api, token)
        manager.is_open = True
        await until_async(manager.closed, PATIENCE, what="the session to close")
