"""One match from the first sign-in to the verdict: `run(settings)`."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import uvloop
from botocore.exceptions import ClientError

from cloud.errors import FogbankError
from cloud.wait import until_async
from demo import accounts, names
from demo.accounts import Account
from demo.api import Api, NoAnswer, Refused, connect
from demo.gamer import Gamer, Plan
from demo.manager import Manager, pool
from demo.measure import Ledger, Snapshot
from demo.referee import evidence
from demo.result import Result, sum_up
from demo.settings import Settings

LOOK_INTERVAL = 0.5  # seconds between two looks of the monitor at the board
SEATS_AT_ONCE = 16  # allocations under way


@dataclass
class Match:
    """A match that is being played: what progress displays and faults look at."""

    settings: Settings
    stage: str = "signing in"
    done: int = 0
    """How many gamers are through the stage."""
    plan: Plan | None = None
    ledger: Ledger = field(default_factory=Ledger)
    manager: Manager | None = None


@dataclass(frozen=True)
class Fault:
    """Something done to the stack in the middle of a match. at: seconds after the gamers started."""

    at: float
    do: Callable[[Match], Awaitable[None]]


Watcher = Callable[[Match], Coroutine[Any, Any, None]]


def run(settings: Settings, faults: Sequence[Fault] = (), watcher: Watcher | None = None) -> Result:
    """Play a match and judge it. watcher: runs beside the match and may show it; it is cancelled at the end.

    Raises FogbankError when the match cannot be played at all: no stack, no accounts, somebody else's session.
    """
    return uvloop.run(_run(Match(settings), faults, watcher))


async def _run(match: Match, faults: Sequence[Fault], watcher: Watcher | None) -> Result:
    watching = asyncio.create_task(watcher(match)) if watcher else None
    try:
        async with connect(match.settings.gateway) as api:
            return await _in_session(match, api, faults)
    finally:
        if watching:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _in_session(match: Match, api: Api, faults: Sequence[Fault]) -> Result:
    match.manager, players = await _sign_in(match, api)
    settings, manager = match.settings, match.manager
    since = datetime.now(UTC) - timedelta(seconds=1 + settings.slack)
    session_id = await manager.open(settings.name, max(settings.gamers, 200))
    try:
        match.plan = Plan(session_id, settings.seconds, settings.interval, settings.seed, settings.patience)
        match.ledger.nicknames.update(account.nickname for account in players)
        gamers = [Gamer(account, api, match.plan, match.ledger) for account in players]
        await _play(match, gamers, faults)
    finally:
        if manager.is_open and not settings.keep_open:
            await until_async(manager.closed, settings.patience, what="the session to close")
    match.stage = "waiting for the board"
    return sum_up(await evidence(settings, manager, match.ledger, since))


async def _sign_in(match: Match, api: Api) -> tuple[Manager, list[Account]]:
    settings = match.settings
    try:
        where = await pool(api)
    except (NoAnswer, Refused) as error:
        raise FogbankError(f"the gateway at {settings.gateway} is not ready ({error}): `make up` starts it") from error
    token = await asyncio.to_thread(accounts.sign_in, where, "manager", settings.password("manager"))
    ring = accounts.keyring(settings.home / "demo.json")

    def tick() -> None:
        match.done += 1

    nicknames = [names.nickname(number) for number in range(settings.gamers)]
    try:
        players = await asyncio.to_thread(accounts.gamers, where, nicknames, ring, tick)
    except ClientError as error:
        raise FogbankError(f"the user pool does not let the gamers in: {error}") from error
    return Manager(api, token), players


async def _play(match: Match, gamers: Sequence[Gamer], faults: Sequence[Fault]) -> None:
    assert match.plan is not None
    await _take_seats(match, gamers)
    match.stage = "playing"
    used, match.plan.start = _cpu(), match.plan.clock()
    beside = [asyncio.create_task(_look(match)), *(asyncio.create_task(_strike(match, fault)) for fault in faults)]
    try:
        await asyncio.gather(*(gamer.play() for gamer in gamers))
        await asyncio.gather(*beside[1:])
        match.ledger.cpu, match.ledger.elapsed = _cpu() - used, match.plan.now()
    finally:
        for task in beside:
            task.cancel()


async def _take_seats(match: Match, gamers: Sequence[Gamer]) -> None:
    match.stage, match.done = "taking seats", 0
    turnstile = asyncio.Semaphore(SEATS_AT_ONCE)

    async def enter(gamer: Gamer) -> None:
        async with turnstile:
            await gamer.take_seat()
        match.done += 1

    await asyncio.gather(*(enter(gamer) for gamer in gamers))


async def _look(match: Match) -> None:
    """The monitor: look at all gamers' rows about twice a second."""
    assert match.plan is not None
    assert match.manager is not None
    due = 0.0
    while True:
        await match.plan.until(due)
        try:
            rows = await match.manager.gamers()
        except (NoAnswer, Refused):
            rows = []  # while the gateway is away the board cannot be seen
        if rows:
            shown = {row["Nickname"]: row.get("Timestamp", "") for row in rows}
            match.ledger.snapshots.append(Snapshot(match.plan.now(), shown))
        due = max(due + LOOK_INTERVAL, match.plan.now())


async def _strike(match: Match, fault: Fault) -> None:
    assert match.plan is not None
    await match.plan.until(fault.at)
    await fault.do(match)


def _cpu() -> float:
    times = os.times()
    return times.user + times.system
