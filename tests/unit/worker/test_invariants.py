"""What holds for every run of a shard: any mix of poison, settings, answers and crashes.

The real consumer, lanes, outcome, windows and leases run against a shard, a function and a table in memory. A crash
stops everything between two steps of the outside world; the next process begins with what the table holds.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.consumer import Consumer
from services.worker.polling.delivery import Delivery
from services.worker.polling.lane import Pace
from services.worker.polling.leases import SHARD_END, Lease
from services.worker.polling.outcome import Answer, Batch, Condition, Discard, Kind
from services.worker.polling.record import Record
from services.worker.polling.source import Page, Position
from services.worker.tables import Item, Key

from .memory_table import MemoryTable, leases_of
from .records import mapping

WIDTH = 10  # seconds of a tumbling window
FRESH = 4_000_000_000.0  # an arrival that is never too old
PAST = 1_000_000_000.0  # one whose window ended long ago


@dataclass
class World:
    """A shard's records, a function, a destination and a table, and what happened to them.

    how: what the function does about a record of poison; flaky: how often it fails before it succeeds, by record;
    throttles: how many calls are refused at first; crashes: after how many steps the process ends, each time; patchy:
    whether every page looks like the newest one, so that windows end by the clock between them.
    """

    records: tuple[Record, ...]
    page: int
    poison: frozenset[str]
    how: str
    flaky: dict[str, int]
    throttles: int
    crashes: list[int]
    settings: dict[str, Any]
    patchy: bool = False
    table: MemoryTable = field(default_factory=lambda: MemoryTable("mapping", "shard"))
    deliveries: list[Batch] = field(default_factory=list)
    succeeded: Counter[str] = field(default_factory=Counter)
    discards: list[Discard] = field(default_factory=list)
    crashed: int = 0
    steps: int = 0
    running: int = 0
    most: int = 0
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self) -> None:
        """Something of the outside world is about to happen, or has: the process may end here."""
        self.steps += 1
        if self.crashes and self.steps >= self.crashes[0]:
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    async def deliver(self, _: EventSourceMapping, __: str, batch: Batch) -> Answer:
        await self.step()
        self.running += 1
        self.most = max(self.most, self.running)
        self.deliveries.append(batch)
        await asyncio.sleep(0)
        self.running -= 1
        answer = self.answer(batch)
        await self.step()
        return answer

    def answer(self, batch: Batch) -> Answer:
        """What the function does, and which records are done by it."""
        if self.throttles:
            self.throttles -= 1
            return Answer(Kind.NOT_INVOKED)
        bad = [number for number, record in enumerate(batch.records) if self.fails(record.sequence)]
        if bad and self.how == "raise":
            return Answer(Kind.FUNCTION_ERROR, b"{}")
        done = batch.records[: bad[0]] if bad and self.how == "report" else () if bad else batch.records
        for record in done:
            self.succeeded[record.sequence] += 1
        reply: dict[str, Any] = {}
        if bad:
            identifier = batch.records[bad[0]].sequence if self.how == "report" else "nobody"
            reply["batchItemFailures"] = [{"itemIdentifier": identifier}]
        if batch.window:
            reply["state"] = {"count": json.loads(batch.window.state).get("count", 0) + len(done)}
        return Answer(Kind.RETURNED, json.dumps(reply).encode())

    def fails(self, sequence: str) -> bool:
        if self.flaky.get(sequence, 0) > 0:
            self.flaky[sequence] -= 1
            return True
        return sequence in self.poison

    async def give_up(self, _: EventSourceMapping, __: str, discard: Discard) -> None:
        await self.step()
        self.discards.append(discard)
        await self.step()

    @property
    def finished(self) -> set[str]:
        """Records that are handled, or given up and reported."""
        return {*self.succeeded, *(one.sequence for discard in self.discards for one in discard.batch.records)}


class Shard:
    """Reads a world's records in pages, from a position on."""

    def __init__(self, world: World, position: Position) -> None:
        self.world = world
        self.position = position
        self.left = [
            one for one in world.records if not position.after.isdigit() or int(one.sequence) > int(position.after)
        ]
        self.ended = False

    async def read(self, limit: int) -> Page:
        page, self.left = tuple(self.left[: self.world.page]), self.left[self.world.page :]
        self.ended = not self.left
        if page:
            self.position = Position(page[-1].sequence)
        return Page(page, behind=bool(self.left) and not self.world.patchy, ended=self.ended)

    def close(self) -> None: ...


class WatchedTable(MemoryTable):
    """Looks at every position that is stored."""

    def __init__(self, world: World) -> None:
        super().__init__("mapping", "shard")
        self.world = world

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        old = int(self.items[self._key(key)]["checkpoint"]) if self.stored.isdigit() else 0
        new = str(changes.get("checkpoint", ""))  # taking a lease leaves it as it is
        if new.isdigit():
            passed = {one.sequence for one in self.world.records if int(one.sequence) <= int(new)}
            assert passed <= self.world.finished, "a position went past a record that is not done"
            assert int(new) >= old, "a position went back"
        await self.world.step()
        item = await super().update(key, changes, expect, remove)
        await self.world.step()
        return item

    @property
    def stored(self) -> str:
        return next((str(item["checkpoint"]) for item in self.items.values()), "")


async def live(world: World) -> None:
    """Processes follow each other until the shard is at its end."""
    table = world.table = WatchedTable(world)
    await leases_of(table, "first").add(Lease("m-1", 1, "s-0"))
    while table.stored != SHARD_END:
        world.dead, world.steps, world.running = asyncio.Event(), 0, 0
        task = asyncio.create_task(process(world, f"process/{world.crashed}"))
        death = asyncio.create_task(world.dead.wait())
        await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
        if world.dead.is_set():
            world.crashes.pop(0)
            world.crashed += 1
        for one in (task, death):
            one.cancel()
        for result in await asyncio.gather(task, death, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def process(world: World, name: str) -> None:
    leases = leases_of(world.table, name)
    lease = await leases.take((await leases.all())[0])
    assert lease
    consumer = Consumer(
        mapping(**world.settings),
        cast(Any, Shard(world, lease.lease.position)),
        delivery=cast(Delivery, world),
        lease=lease,
        pace=Pace(poll=0.0001, idle_poll=0.0001, lease=60, backoff=0.0001, backoff_limit=0.0001),
        note=_forget,
        window=await lease.window(),
    )
    await consumer.run()


async def _forget(_: EventSourceMapping, __: str) -> None: ...


def sequence_of(number: int) -> int:
    """Sequence numbers have gaps."""
    return number * 7 + 1


@st.composite
def worlds(draw: st.DrawFn, *, crashing: bool, tumbling: bool) -> World:
    count = draw(st.integers(1, 24))
    sequences = [str(sequence_of(number)) for number in range(count)]
    aged = draw(st.sampled_from([0, 0, sequence_of(count // 3), sequence_of(count)]))  # those before it are too old
    start = 0.0
    records = []
    for sequence in sequences:
        start += draw(st.sampled_from([0.0, 0.0, 1.0, 3.0, 25.0])) if tumbling else 0.0
        late = draw(st.sampled_from([0.0, 0.0, 0.0, 12.0])) if tumbling else 0.0
        old = not tumbling and int(sequence) < aged
        key = draw(st.sampled_from("abcdefg"))
        arrival = 0.0 if old else (PAST if tumbling else FRESH) + start - late
        records.append(Record(sequence, arrival, {"kinesis": {"partitionKey": key, "sequenceNumber": sequence}}))
    poison = draw(st.frozensets(st.sampled_from(sequences), max_size=4))
    report = draw(st.booleans())
    given_settings: dict[str, Any] = {
        "BatchSize": draw(st.integers(1, 8)),
        "ParallelizationFactor": 1 if tumbling else draw(st.integers(1, 5)),
        "MaximumRetryAttempts": draw(st.integers(0, 3)) if poison else draw(st.integers(-1, 3)),
        "MaximumRecordAgeInSeconds": -1 if tumbling else draw(st.sampled_from([-1, 60])),
        "BisectBatchOnFunctionError": draw(st.booleans()),
        "FunctionResponseTypes": ["ReportBatchItemFailures"] if report else [],
        "TumblingWindowInSeconds": WIDTH if tumbling else 0,
    }
    return World(
        tuple(records),
        page=draw(st.integers(1, 10)),
        poison=poison,
        how=draw(st.sampled_from(["raise", "report", "malformed"])) if report else "raise",
        flaky=draw(st.dictionaries(st.sampled_from(sequences), st.integers(1, 2), max_size=3)),
        throttles=draw(st.integers(0, 2)),
        crashes=draw(st.lists(st.integers(1, 30), max_size=4)) if crashing else [],
        settings=given_settings,
        patchy=draw(st.booleans()),
    )


profile = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@profile
@given(worlds(crashing=True, tumbling=False))
def test_every_record_is_handled_or_reported_whatever_crashes(world: World) -> None:
    """None is lost; each key is first seen in order; lanes and batches keep their limits; no position is too far."""
    asyncio.run(live(world))

    assert world.finished == {record.sequence for record in world.records}
    assert_in_order(world)
    assert_limits(world)


@profile
@given(worlds(crashing=False, tumbling=False))
def test_without_a_crash_every_record_ends_once(world: World) -> None:
    """Handled, or given up: exactly one, and after as many attempts as the mapping allows."""
    asyncio.run(live(world))
    retries = world.settings["MaximumRetryAttempts"]
    given_up = Counter(record.sequence for discard in world.discards for record in discard.batch.records)

    assert world.succeeded + given_up == Counter(record.sequence for record in world.records)
    for discard in world.discards:
        runs = [batch for batch in world.deliveries if batch.request_id == discard.batch.request_id]
        if discard.condition is Condition.RETRIES:
            assert discard.invocations == retries + 1 == len(runs) - max((one.refusals for one in runs), default=0)
        else:
            assert all(record.arrival == 0 for record in discard.batch.records)


@profile
@given(worlds(crashing=False, tumbling=True))
def test_a_window_is_final_once_and_has_counted_what_was_handled(world: World) -> None:
    """One final invocation per window that had a record; its state is the number of its records that succeeded."""
    asyncio.run(live(world))
    counted: dict[int, int] = defaultdict(int)
    for start, sequences in windows_of(world).items():
        counted[start] = sum(sequence in world.succeeded for sequence in sequences)
    finals = finished_finals(world)

    assert Counter(start for start, _ in finals) == Counter(counted.keys())
    assert dict(finals) == counted
    assert_in_order(world)
    assert_limits(world)


@profile
@given(worlds(crashing=True, tumbling=True))
def test_a_window_survives_crashes_with_its_state(world: World) -> None:
    """Every window is final, and its last final invocation counts each record once, however often it was delivered."""
    world.flaky, world.how = {}, "raise"
    asyncio.run(live(world))
    placed = Counter(last_window_of(world).values())
    finals = dict(finished_finals(world))

    assert finals.keys() == placed.keys()
    assert all(finals[start] <= placed[start] for start in placed)
    if not world.poison:
        assert finals == placed
    assert world.finished == {record.sequence for record in world.records}
    assert_limits(world)


def assert_in_order(world: World) -> None:
    seen: dict[str, dict[int, None]] = defaultdict(dict)
    for batch in world.deliveries:
        for record in batch.records:
            seen[record.event["kinesis"]["partitionKey"]].setdefault(int(record.sequence))
    for key, sequences in seen.items():
        assert list(sequences) == sorted(sequences), f"key {key} was first seen out of order"


def assert_limits(world: World) -> None:
    assert world.most <= world.settings["ParallelizationFactor"]
    for batch in world.deliveries:
        assert len(batch.records) <= world.settings["BatchSize"]
        if batch.window:
            assert all(record.arrival < batch.window.end for record in batch.records)
            assert batch.window.end - batch.window.start == WIDTH


def windows_of(world: World) -> dict[int, set[str]]:
    """By a window's start: the records that the function got in it."""
    placed: dict[int, set[str]] = defaultdict(set)
    for batch in world.deliveries:
        if batch.window and batch.records:
            placed[batch.window.start] |= {record.sequence for record in batch.records}
    return placed


def last_window_of(world: World) -> dict[str, int]:
    """By record: the start of the window in which it was last delivered.

    A late record whose delivery was lost may come to the next window: the one that it was in has ended meanwhile.
    """
    return {
        record.sequence: batch.window.start for batch in world.deliveries if batch.window for record in batch.records
    }


def finished_finals(world: World) -> list[tuple[int, int]]:
    """Start of window and count of every final invocation, those that were tried again once."""
    finals = {batch.request_id: batch for batch in world.deliveries if not batch.records}
    return [(one.window.start, json.loads(one.window.state).get("count", 0)) for one in finals.values() if one.window]
