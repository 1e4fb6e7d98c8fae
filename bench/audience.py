"""The audience of a match: what pages would show of the board, and when it showed which posts.

Some gamers' WebSockets are open, authenticated as theirs are, and two that watch: a wall's, by the session's code, and
a manager's. GET scoreboard is asked beside, and GET board as a wall without a socket does. What stands on a page is
looked at ten times a second, whether or not it has just changed: how long somebody waits is what counts. What a push to
everybody costs is in growth.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from bench.processes import Meter
from cloud.wait import until, until_async
from demo import accounts, names
from demo.api import NoAnswer, Refused
from demo.api import connect as connect_api
from demo.gamer import Plan
from demo.manager import pool
from demo.match import Match
from demo.measure import Ledger, Outcome, Post, Snapshot
from demo.settings import Settings

LOOK_INTERVAL = 0.1  # seconds between two looks
WALL_INTERVAL = 0.5  # seconds between two of a wall at all rows, which cost more
PAGES = 20
PATIENCE = 600.0  # seconds; what is waited for gives up earlier
Scores = Mapping[str, int]
"""A board as somebody sees it: nickname -> score."""
Look = tuple[float, Scores]
"""When it was seen, on the match's clock."""


class Page:
    """Somebody who looks at the board, and knows only what the WebSocket says."""

    def __init__(self, socket: ClientConnection) -> None:
        self.scores: Scores = {}
        self._socket = socket
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for text in self._socket:
                message = orjson.loads(text)
                if message["type"] == "board":
                    self.scores = {nickname: score for nickname, score, *_ in message["gamers"]}
        except (WebSocketException, OSError):
            return  # the page stays as it is: what is looked at is old, and that is measured


@dataclass
class Audience:
    """attend is the watcher of a match; the lists of looks are what was seen in its course.

    address: of the WebSocket API; boxes: name -> process id of what is measured; since: when looks begin, in
    seconds of the match.
    """

    address: str
    pages: Sequence[Page]
    boxes: Mapping[str, int]
    since: float
    ledger: Ledger = field(default_factory=Ledger)
    """The match's own: all posts."""
    asked: list[Look] = field(default_factory=list)
    """Looks at GET scoreboard."""
    read: list[Look] = field(default_factory=list)
    """Looks at GET board."""
    pushed: list[Look] = field(default_factory=list)
    """Looks at gamers' pages, one after the other."""
    watched: list[Look] = field(default_factory=list)
    """Looks at the pages of those who watch, one after the other."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Share of a core that each box used while the gamers played."""

    async def attend(self, match: Match) -> None:
        """Look until the match is over."""
        plan, self.ledger = await _started(match), match.ledger
        assert match.manager
        manager = match.manager
        with ExitStack() as opened:
            watchers = [
                Page(opened.enter_context(await asyncio.to_thread(_connected, f"{self.address}?{urlencode(query)}")))
                for query in (
                    {"board": manager.session_id, "token": manager.board_code},
                    {"board": manager.session_id, "token": manager.token},
                )
            ]
            await plan.until(self.since)
            meter = Meter(self.boxes)
            await asyncio.gather(
                _look(plan, self.pages, self.pushed),
                _look(plan, watchers, self.watched),
                _ask(plan, manager.top_ten, LOOK_INTERVAL, self.asked),
                _ask(plan, manager.wall, WALL_INTERVAL, self.read),
            )
            self.cpu = meter.shares()


async def _look(plan: Plan, pages: Sequence[Page], looks: list[Look]) -> None:
    for number in count():
        if plan.now() >= plan.seconds:
            return
        looks.append((plan.now(), pages[number % len(pages)].scores))
        await asyncio.sleep(LOOK_INTERVAL)


async def _ask(
    plan: Plan, ask: Callable[[], Awaitable[list[dict[str, Any]]]], interval: float, looks: list[Look]
) -> None:
    due = plan.now()
    while due < plan.seconds:
        await plan.until(due)
        try:
            rows = await ask()
        except (NoAnswer, Refused):
            rows = []
        looks.append((plan.now(), {row["Nickname"]: int(row["Score"]) for row in rows}))
        due = max(due + interval, plan.now())


@contextmanager
def seated(settings: Settings, since: float, boxes: Mapping[str, int]) -> Iterator[Audience]:
    """An audience whose pages are open, as in Audience. settings: the match's, whose first gamers they are."""
    address, tokens = asyncio.run(_admitted(settings))
    with ExitStack() as opened:
        sockets = [opened.enter_context(_connected(f"{address}?token={token}")) for token in tokens]
        yield Audience(address, [Page(socket) for socket in sockets], boxes, since)


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


async def _admitted(settings: Settings) -> tuple[str, list[str]]:
    """The WebSocket API's address, its path as the lab tells it, where the gateway is reached; tokens of gamers."""
    nicknames = [names.nickname(number) for number in range(min(PAGES, settings.gamers))]
    async with connect_api(settings.gateway) as api:
        ring = accounts.keyring(settings.home / "demo.json")
        signed_in = await asyncio.to_thread(accounts.gamers, await pool(api), nicknames, ring, lambda: None)
        tokens = [account.token for account in signed_in]
        told = str(await api.insist("GET", "websocket", tokens[0]))
    return f"ws://{urlsplit(settings.gateway).netloc}{urlsplit(told).path}", tokens


def _connected(address: str) -> ClientConnection:
    """As a page does, which tries again when the machine is too busy for the authorizer."""
    return until(lambda: connect(address, proxy=None), 60, what="a WebSocket")


async def _started(match: Match) -> Plan:
    """The plan, once its clock runs."""

    async def playing() -> bool:
        return match.stage not in {"signing in", "taking seats"}

    await until_async(playing, PATIENCE, what="the match to begin")
    assert match.plan
    return match.plan
