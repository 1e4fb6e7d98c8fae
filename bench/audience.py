"""The audience of a match: what a page of each gamer would show of the board, and when it showed which posts.

Some pages' WebSockets are open, authenticated as theirs are, and GET scoreboard is asked beside. What stands on a page
is looked at ten times a second, whether or not it has just changed: how long somebody waits is what counts. What a push
to everybody costs is in growth.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect

from cloud.wait import until_async
from demo import accounts
from demo.api import Api, NoAnswer, Refused
from demo.api import connect as connect_api
from demo.gamer import Plan
from demo.match import Match
from demo.measure import Ledger, Outcome, Post, Snapshot

LOOK_INTERVAL = 0.1  # seconds between two looks
PAGES = 20  # WebSockets; to open one takes two functions, and the match does not wait
CONNECTING = 4  # handshakes under way
PATIENCE = 600.0  # seconds; the match itself gives up earlier
Scores = Mapping[str, int]
"""A board as somebody sees it: nickname -> score."""
Look = tuple[float, Scores]
"""When it was seen, on the match's clock."""


class Audience:
    """attend is the watcher of a match; asked and pushed are what was seen in its course."""

    def __init__(self) -> None:
        self.asked: list[Look] = []
        """Looks at GET scoreboard."""
        self.pushed: list[Look] = []
        """Looks at pages that know only what the WebSocket said, one page after the other."""
        self.ledger = Ledger()
        """The match's own: all posts."""
        self._pages: list[Scores] = []

    @property
    def size(self) -> int:
        """How many sockets were open."""
        return len(self._pages)

    async def attend(self, match: Match) -> None:
        """Connect while the gamers take their seats, and look until the match is over."""
        self.ledger = match.ledger

        async def known() -> bool:
            return match.stage != "signing in"

        await until_async(known, PATIENCE, what="the gamers to sign in")
        async with connect_api(match.settings.gateway) as api, asyncio.TaskGroup() as work:
            tokens = accounts.keyring(match.settings.home / "demo.json").tokens.values()
            address = await _address(api, match, next(iter(tokens)))
            turnstile = asyncio.Semaphore(CONNECTING)
            for token in list(tokens)[:PAGES]:
                work.create_task(self._listen(f"{address}?token={token}", turnstile))
            work.create_task(self._ask(match))
            work.create_task(self._look(match))

    async def _listen(self, address: str, turnstile: asyncio.Semaphore) -> None:
        async with turnstile:
            # As a page does, which tries again when the machine is too busy for the authorizer.
            socket = await until_async(partial(_connected, address), PATIENCE, what="a WebSocket")
        async with socket:
            await self._read(socket)

    async def _read(self, socket: ClientConnection) -> None:
        page, self._pages = len(self._pages), [*self._pages, {}]
        async for text in socket:
            message = orjson.loads(text)
            if message["type"] == "board":
                self._pages[page] = {nickname: score for nickname, score, *_ in message["gamers"]}

    async def _look(self, match: Match) -> None:
        plan = await _started(match)
        for number in count():
            if plan.now() >= plan.seconds:
                return
            if self._pages:
                self.pushed.append((plan.now(), self._pages[number % len(self._pages)]))
            await asyncio.sleep(LOOK_INTERVAL)

    async def _ask(self, match: Match) -> None:
        plan = await _started(match)
        assert match.manager
        due = plan.now()
        while due < plan.seconds:
            await plan.until(due)
            try:
                rows = await match.manager.top_ten()
            except (NoAnswer, Refused):
                rows = []
            self.asked.append((plan.now(), {row["Nickname"]: int(row["Score"]) for row in rows}))
            due = max(due + LOOK_INTERVAL, plan.now())


def as_seen(ledger: Ledger, looks: Sequence[Look]) -> Ledger:
    """What demo.delay wants to know. Boards tell no time but a score, so only posts that raised one are told apart."""
    raising = defaultdict[str, list[Post]](list)
    for post in ledger.of(Outcome.ACCEPTED):
        mine = raising[post.nickname]
        if not mine or post.status.score > mine[-1].status.score:
            mine.append(post)
    snapshots = [
        Snapshot(at, {nickname: _newest(raising[nickname], score) for nickname, score in scores.items()})
        for at, scores in looks
    ]
    return Ledger(posts=[post for posts in raising.values() for post in posts], snapshots=snapshots)


def _newest(posts: Sequence[Post], score: int) -> str:
    """The time of the newest post that a row with this score holds."""
    return max((post.timestamp for post in posts if post.status.score <= score), default="")


async def _connected(address: str) -> ClientConnection:
    return await connect(address)


async def _address(api: Api, match: Match, token: str) -> str:
    """Of the WebSocket API: its path as the lab tells it, where the gateway is reached."""
    told = str(await api.insist("GET", "websocket", token))
    return f"ws://{urlsplit(match.settings.gateway).netloc}{urlsplit(told).path}"


async def _started(match: Match) -> Plan:
    """The plan, once its clock runs."""

    async def playing() -> bool:
        return match.stage != "taking seats"

    await until_async(playing, PATIENCE, what="the match to begin")
    assert match.plan
    return match.plan
