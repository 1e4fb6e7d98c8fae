"""One simulated gamer: takes a seat, posts on a fixed schedule, looks at the board, loses the last life.

The schedule is an open loop: when a post is due does not depend on when earlier ones were answered, and its latency
counts from when it was due. So a slow stack cannot make itself look fast by slowing its callers down.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from demo.accounts import Account
from demo.api import Api, NoAnswer, Reply
from demo.measure import Ledger, Outcome, Post
from demo.skill import Status, game_of

MOST_IN_FLIGHT = 2  # posts of one gamer without an answer
BOARD_INTERVAL = 2.0  # seconds between looks at the scoreboard
RETRY_PAUSE = 0.25  # seconds


@dataclass
class Plan:
    """What all gamers of a match have in common. Times are in seconds."""

    session_id: str
    seconds: float
    interval: float
    seed: int
    patience: float
    start: float = 0.0
    """When the clock of the match starts, as now() gives it."""
    clock: Callable[[], float] = field(default=time.perf_counter)

    def now(self) -> float:
        """Seconds on the match's clock."""
        return self.clock() - self.start

    async def until(self, moment: float) -> None:
        """Return at this moment of the match's clock, at once when it is past."""
        if (wait := moment - self.now()) > 0:
            await asyncio.sleep(wait)


class Gamer:
    """One gamer of a match. What happens is written into the ledger."""

    def __init__(self, account: Account, api: Api, plan: Plan, ledger: Ledger) -> None:
        self._account, self._api, self._plan, self._ledger = account, api, plan, ledger
        self._game = game_of(plan.seed, account.nickname)
        self._phase = random.Random(f"{plan.seed}/{account.nickname}/phase")
        self._in_flight: set[asyncio.Task[None]] = set()
        self._last_timestamp = 0  # ms since 1970
        self._sent_home = False

    async def take_seat(self) -> None:
        """Allocate, again and again until there is an answer that decides or patience is at its end."""
        deadline = self._plan.now() + self._plan.patience
        while self._plan.now() < deadline:
            reply = await self._call("POST", "allocate", b"{}")
            if reply.status and reply.status < 500:
                if reply.status == 200:
                    self._ledger.seated.append(self._account.nickname)
                return
            await asyncio.sleep(RETRY_PAUSE)

    async def play(self) -> None:
        """Post and look at the board until the match is over; then post the last status until it is accepted."""
        watching = asyncio.create_task(self._watch())
        try:
            await self._post_on_schedule()
            await asyncio.gather(*self._in_flight)
            await self._finish()
        finally:
            watching.cancel()

    async def _post_on_schedule(self) -> None:
        due = self._phase.uniform(0, self._plan.interval)
        while due < self._plan.seconds:
            await self._plan.until(due)
            if self._sent_home:
                return
            if len(self._in_flight) < MOST_IN_FLIGHT:
                self._start(self._post(self._game.at(due), due))
            else:
                self._ledger.skipped += 1
            due += self._plan.interval

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _finish(self) -> None:
        deadline = self._plan.now() + self._plan.patience
        while not self._sent_home and self._plan.now() < deadline:
            post = Post(self._account.nickname, self._game.over(), self._timestamp(), self._plan.now())
            await self._send(post)
            if post.outcome is Outcome.ACCEPTED:
                return
            await asyncio.sleep(RETRY_PAUSE)

    async def _post(self, status: Status, due: float) -> None:
        await self._send(Post(self._account.nickname, status, self._timestamp(), due))

    async def _send(self, post: Post) -> None:
        self._ledger.posts.append(post)
        reply = await self._call("POST", "updatestatus", self._body(post))
        post.latency = self._plan.now() - post.due
        post.code = reply.status
        if reply.status == 200:
            post.outcome = Outcome.ACCEPTED
            post.sequence, post.shard = int(reply.body["SequenceNumber"]), reply.body["ShardId"]
        elif 400 <= reply.status < 500:
            post.outcome = Outcome.REJECTED
            self._sent_home = reply.status == 422  # the session is closed: the game is over

    def _body(self, post: Post) -> bytes:
        return orjson.dumps(
            {
                "Timestamp": post.timestamp,
                "SessionId": self._plan.session_id,
                "Lives": post.status.lives,
                "Score": post.status.score,
                "Shots": post.status.shots,
                "Level": post.status.level,
            }
        )

    def _timestamp(self) -> str:
        """Now in ISO 8601 with milliseconds, later than the gamer's last one: it tells the gamer's posts apart."""
        self._last_timestamp = max(time.time_ns() // 1_000_000, self._last_timestamp + 1)
        moment = datetime.fromtimestamp(self._last_timestamp / 1000, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self._last_timestamp % 1000:03}Z"

    async def _watch(self) -> None:
        due = self._phase.uniform(0, BOARD_INTERVAL)
        while True:
            await self._plan.until(due)
            reply = await self._call("GET", f"scoreboard?sessionId={self._plan.session_id}")
            self._ledger.reads.append(self._plan.now() - due)
            if reply.status == 200:
                self._ledger.board = reply.body["Scoreboard"]
            due = max(due + BOARD_INTERVAL, self._plan.now())

    async def _call(self, method: str, path: str, body: bytes = b"") -> Reply:
        what = f"{method} {path.partition('?')[0]}"
        try:
            reply = await self._api.call(method, path, self._account.token, body)
        except NoAnswer:
            reply = Reply(0, None)
        self._ledger.codes[f"{what} {reply.status or 'no answer'}"] += 1
        return reply
