"""A crowd that plays beside the browsers: the demo's gamers in the session that is open, in a thread of their own."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter, time

from cloud.wait import until_async
from demo import accounts, names
from demo.accounts import Account
from demo.api import Api, NoAnswer, connect
from demo.gamer import Gamer, Plan
from demo.manager import pool
from demo.measure import Ledger, Outcome, Post
from demo.settings import Settings

SEATS_AT_ONCE = 16
KEEP_EVERY = 10.0  # seconds
PATIENCE = 120.0  # seconds for START, and for a last post


@dataclass
class Crowd:
    """So many gamers: they sign in, take seats, wait for START, and play for some seconds."""

    settings: Settings
    session_id: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    plan: Plan | None = None

    @contextmanager
    def playing(self, session_id: str) -> Iterator["Future[None]"]:
        """From the first sign-in on, beside the caller; at the end the last post has been made."""
        self.session_id = session_id
        with ThreadPoolExecutor(1, "crowd") as thread:
            done = thread.submit(lambda: asyncio.run(self._play()))
            yield done
            done.result()

    def accepted(self) -> dict[str, list[Post]]:
        """Nickname -> the accepted posts in the stream's order; may be asked for while they play."""
        games: dict[str, list[Post]] = {name: [] for name in list(self.ledger.seated)}
        for post in list(self.ledger.posts):
            if post.outcome is Outcome.ACCEPTED:
                games[post.nickname].append(post)
        return {name: sorted(game, key=lambda post: post.sequence) for name, game in games.items()}

    def ages(self, shown: Mapping[str, int], seen: float) -> list[float]:
        """How old each row of a board was, in seconds: since the first accepted post with more than it shows.

        shown: nickname -> score; seen: when, as perf_counter() tells it. 0 for a row that is up to date.
        """
        assert self.plan is not None
        start, found = self.plan.start, []
        for name, game in self.accepted().items():
            score = shown.get(name, -1)
            newer = next((post for post in game if post.status.score > score), None)
            found.append(max(0.0, seen - start - newer.due - newer.latency) if newer else 0.0)
        return found

    async def _play(self) -> None:
        async with connect(self.settings.gateway) as api:
            players = await self._sign_in(api)
            self.plan = plan = Plan(self.session_id, self.settings.seconds, self.settings.interval, 1, PATIENCE)
            gamers = [Gamer(account, api, plan, self.ledger) for account in players]
            turnstile = asyncio.Semaphore(SEATS_AT_ONCE)
            plan.start = perf_counter()
            await asyncio.gather(*(_through(turnstile, gamer) for gamer in gamers))
            keeping = asyncio.create_task(_keep_seats(api, players, plan))
            at = await until_async(lambda: _start_at(api, players[0]), PATIENCE, what="START")
            keeping.cancel()
            plan.start = perf_counter() + max(0.0, at / 1000 - time())
            await asyncio.gather(*(gamer.play() for gamer in gamers))

    async def _sign_in(self, api: Api) -> list[Account]:
        where = await pool(api)
        ring = accounts.keyring(self.settings.home / "demo.json")
        nicknames = [names.nickname(number) for number in range(self.settings.gamers)]
        return await asyncio.to_thread(accounts.gamers, where, nicknames, ring, lambda: None)


async def _through(turnstile: asyncio.Semaphore, gamer: Gamer) -> None:
    async with turnstile:
        await gamer.take_seat()


async def _keep_seats(api: Api, players: Sequence[Account], plan: Plan) -> None:
    """As pages do: a seat of which nothing is heard for 30 seconds is free again."""
    turnstile = asyncio.Semaphore(SEATS_AT_ONCE)

    async def keep(player: Account) -> None:
        async with turnstile:
            with suppress(NoAnswer):
                await api.call("POST", "heartbeat", player.token, b"{}")

    while True:
        due = plan.now() + KEEP_EVERY
        await asyncio.gather(*map(keep, players))
        await plan.until(due)


async def _start_at(api: Api, account: Account) -> float:
    """Epoch ms of the start of the open session; 0 until START."""
    session = json.loads(await api.insist("GET", "session", account.token)) or {}
    return float(session.get("StartAt") or 0)
