"""Asynchronous events: what becomes of them, and who has them in hand."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from cloud.wait import until_async
from services.worker.events import policy
from services.worker.events.handling import Handler
from services.worker.events.policy import Next, Policy
from services.worker.events.queue import EventQueue
from services.worker.events.report import Condition, dead_letter, report
from services.worker.events.store import Event, EventStore
from services.worker.execution.invoker import Result
from services.worker.functions.names import FunctionName

from .memory_table import MemoryTable

RULES = Policy(retries=2, max_age=100, pause=60)
NAME = FunctionName("f")


def event(**more: Any) -> Event:
    return Event(**{"id": "e", "function": "f", "qualifier": "", "accepted": 0.0, "due": 0.0, "owner": "", **more})


@pytest.mark.parametrize(
    ("failures", "failed", "now", "expected"),
    [
        (0, False, 1, Next(Condition.SUCCESS, failures=1)),
        (0, True, 1, Next(None, due=61, failures=1)),
        (1, True, 1, Next(Condition.AGE, failures=2)),
        (2, True, 1, Next(Condition.RETRIES, failures=3)),
        (0, True, 50, Next(Condition.AGE, failures=1)),
    ],
)
def test_an_attempt_leads_to_success_another_attempt_or_the_end(
    failures: int, failed: bool, now: float, expected: Next
) -> None:
    """Two retries after one and two minutes, unless the event would be too old by then."""
    assert policy.after_attempt(event(failures=failures), RULES, now, failed=failed) == expected


def test_a_refusal_costs_no_attempt() -> None:
    """Throttled: again after a second, two, four, up to five minutes; reserved concurrency 0 ends it at once."""
    rules = Policy(retries=2, max_age=10_000, pause=60)
    pauses = [policy.after_refusal(event(refusals=n), rules, 0, for_ever=False).due for n in (0, 1, 2, 20)]

    assert pauses == [1, 2, 4, 300]
    assert policy.after_refusal(event(), rules, 0, for_ever=False).failures == 0
    assert policy.after_refusal(event(), rules, 0, for_ever=True) == Next(Condition.NO_CONCURRENCY)


def test_a_configuration_says_how_often_and_how_long() -> None:
    """Two retries and six hours without one; 0 retries is not the same as none said."""
    assert policy.policy(None, 60) == Policy(2, 6 * 3600, 60)
    config = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert policy.policy(config, 60) == Policy(0, 60, 60)


def test_a_record_has_awss_keys_in_awss_order() -> None:
    """Without the answer's part when there was no answer."""
    result = Result("e", b'{"errorMessage":"no"}', "Unhandled", b"", "7")
    body = report(
        arn="arn", request_id="e", payload=b'{"a":1}', condition=Condition.RETRIES, invocations=3, result=result, now=0
    )

    assert list(body) == [
        *("version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload")
    ]
    assert body["timestamp"] == "1970-01-01T00:00:00.000Z"
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"}
    assert dead_letter("e", result)["ErrorMessage"]["StringValue"] == "no"
    assert dead_letter("e", None)["ErrorCode"]["StringValue"] == "429"


async def test_a_large_payload_is_kept_in_pieces() -> None:
    """An item of DynamoDB ends at 400 KB."""
    heads, pieces = MemoryTable("id"), MemoryTable("id", "part")
    store = EventStore(heads, pieces)
    stored = await store.add(event(), b"x" * 900_000)

    assert len(pieces.items) == 3
    assert await store.payload((await store.waiting())[0][0]) == b"x" * 900_000
    await store.remove(stored)
    assert (heads.items, pieces.items) == ({}, {})


class Hands:
    """Handles events by keeping them in hand until it may let go."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self.got: list[str] = []
        self.free = asyncio.Event()

    async def handle(self, taken: Event) -> None:
        self.got.append(taken.id)
        await self.free.wait()
        await self.store.remove(taken)


class Replica:
    """A queue on tables that others share."""

    def __init__(self, store: EventStore, owner: str, cap: int = 2) -> None:
        self.hands = Hands(store)
        self.queue = EventQueue(store, self.hands, owner=owner, cap=cap, refresh=0.01, lease=0.2)  # type: ignore[arg-type]

    def start(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self.queue.run())


@pytest.fixture
def store() -> EventStore:
    return EventStore(MemoryTable("id"), MemoryTable("id", "part"))


async def has(hands: Hands, count: int) -> bool:
    return len(hands.got) >= count


async def test_what_one_has_no_room_for_another_takes(store: EventStore) -> None:
    """Two in hand per function; the third is anybody's."""
    one, two = Replica(store, "one/1"), Replica(store, "two/1")
    ids = [await one.queue.accept(NAME, b"{}") for _ in range(3)]
    running = [one.start(), two.start()]

    await until_async(lambda: has(two.hands, 1), 30, interval=0.001)
    assert (one.hands.got, two.hands.got) == (ids[:2], ids[2:])

    one.hands.free.set()
    two.hands.free.set()
    await asyncio.gather(one.queue.close(), two.queue.close(), *running)
    assert await store.waiting() == ([], {})


async def test_the_events_of_a_dead_replica_are_taken_over(store: EventStore) -> None:
    """Once its heartbeat has stood still for the lease; not before, and not those of a living one."""
    dead, heir = Replica(store, "dead/1"), Replica(store, "heir/1")
    lost = await dead.queue.accept(NAME, b"{}")
    alive = Replica(store, "alive/1", cap=1)
    kept = await alive.queue.accept(NAME, b"{}")
    running = [alive.start(), heir.start()]

    await until_async(lambda: has(heir.hands, 1), 30, interval=0.001)
    assert heir.hands.got == [lost]

    for replica in (heir, alive, dead):
        replica.hands.free.set()
    await asyncio.gather(alive.queue.close(), heir.queue.close(), *running)
    assert alive.hands.got == [kept]
    await dead.queue.close()


async def test_an_event_from_before_the_clock_was_set_back_does_not_wait_for_it(store: EventStore) -> None:
    """Accepted at a time that has yet to come: whoever finds it handles it now."""
    ahead = time.time() + 600
    await store.add(replace(event(), accepted=ahead, due=ahead), b"{}")
    heir = Replica(store, "heir/1")
    running = heir.start()

    await until_async(lambda: has(heir.hands, 1), 30, interval=0.001)

    heir.hands.free.set()
    await asyncio.gather(heir.queue.close(), running)


async def test_a_replica_takes_back_what_its_predecessor_had(store: EventStore) -> None:
    """At once: there is only one process of a name."""
    before = Replica(store, "w/1")
    await before.queue.accept(NAME, b"{}")
    after = Replica(store, "w/2")
    after.queue.lease = 60
    running = after.start()

    await until_async(lambda: has(after.hands, 1), 30, interval=0.001)

    for replica in (before, after):
        replica.hands.free.set()
    await asyncio.gather(after.queue.close(), running)
    await before.queue.close()


async def test_an_event_that_cannot_be_stored_is_not_accepted(store: EventStore) -> None:
    """The caller hears of it."""
    assert isinstance(store.heads, MemoryTable)
    store.heads.offline = ConnectionError("no table")

    with pytest.raises(ConnectionError):
        await Replica(store, "w/1").queue.accept(NAME, b"{}")


class Revived(EventStore):
    """The owner whose heartbeat is to be removed shows another one just before."""

    ends = 0

    async def end(self, owner: str, *more: Any) -> None:
        if owner == "idle/1":
            self.ends += 1
            await self.beat(owner, 1 + self.ends)
        await super().end(owner, *more)


async def test_a_heart_that_beats_again_is_not_ended() -> None:
    """An idle replica counts as dead until it accepts an event; whoever saw it before must not take that over."""
    store = Revived(MemoryTable("id"), MemoryTable("id", "part"))
    await store.beat("idle/1", 1)
    one = Replica(store, "one/1")
    running = one.start()

    await until_async(lambda: has_ended(store), 30, interval=0.001)
    await asyncio.gather(one.queue.close(), running)

    assert (await store.waiting())[1] == {"idle/1": 1 + store.ends}


async def has_ended(store: Revived) -> bool:
    return store.ends > 0


async def test_an_event_that_another_process_has_finished_is_not_run_on_what_is_left_of_it(store: EventStore) -> None:
    """Its head is gone, and some of its pieces: the function would get a part of its payload."""
    stored = await store.add(event(), b"x" * 900_000)
    assert isinstance(store.pieces, MemoryTable)
    store.pieces.items.pop(("e", "00350000"))

    class Configs:
        async def read(self, _: FunctionName) -> None:
            return None

    class Invoker:
        async def invoke(self, *_: Any, **__: Any) -> Result:
            raise AssertionError("it was run")

    await Handler(store, Invoker(), Configs(), None, 1).handle(stored)  # type: ignore[arg-type]


class Startled(EventStore):
    """The first look at the table fails as nobody expected."""

    looks = 0

    async def waiting(self) -> tuple[list[Event], dict[str, int]]:
        self.looks += 1
        if self.looks == 1:
            raise KeyError("beat")
        return await super().waiting()


async def test_a_round_that_fails_is_not_the_last() -> None:
    """Events are taken in the next one."""
    store = Startled(MemoryTable("id"), MemoryTable("id", "part"))
    await store.add(event(), b"{}")
    one = Replica(store, "one/1")
    running = one.start()

    await until_async(lambda: has(one.hands, 1), 30, interval=0.001)

    one.hands.free.set()
    await asyncio.gather(one.queue.close(), running)
