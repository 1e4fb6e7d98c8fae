"""One shard's loop: what is delivered, what is stored, and what happens when something does not answer."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from cloud.wait import until_async
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.consumer import Consumer
from services.worker.polling.delivery import Delivery
from services.worker.polling.lane import Pace
from services.worker.polling.leases import SHARD_END, HeldLease, Lease
from services.worker.polling.outcome import Answer, Batch, Discard, Kind
from services.worker.polling.source import Page, Position
from services.worker.polling.source import Reader as Source

from .memory_table import MemoryTable, leases_of
from .records import mapping, records

OFFLINE = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
PACE = Pace(poll=0.001, idle_poll=0.001, lease=10, backoff=0.001, backoff_limit=0.001)
RETURNED = Answer(Kind.RETURNED, b"null")
FAILED = Answer(Kind.FUNCTION_ERROR, b"{}")


class Reader:
    """A shard that gives these pages (or raises these errors) and then ends."""

    def __init__(self, *pages: Any) -> None:
        self.pages = deque(pages)
        self.position = Position("TRIM_HORIZON")
        self.closed = False

    def close(self) -> None:
        self.closed = True

    @property
    def ended(self) -> bool:
        return not self.pages

    async def read(self, limit: int) -> Page:
        page = self.pages.popleft() if self.pages else ()
        if isinstance(page, Exception):
            raise page
        if page:
            self.position = Position(page[-1].sequence)
        return Page(page, ended=self.ended)


class Recorder:
    """A delivery that notes what it is given and answers as told."""

    def __init__(self, answer: Callable[[list[str]], Answer] = lambda _: RETURNED) -> None:
        self.answer = answer
        self.delivered: list[list[str]] = []
        self.discarded: list[int] = []
        self.then: Callable[[], None] = lambda: None
        self.reported: Callable[[], None] = lambda: None
        self.gate: asyncio.Event | None = None

    async def deliver(self, _: EventSourceMapping, __: str, batch: Batch) -> Answer:
        self.delivered.append([record.sequence for record in batch.records])
        self.then()
        if self.gate:
            await self.gate.wait()
        return self.answer(self.delivered[-1])

    async def give_up(self, _: EventSourceMapping, __: str, discard: Discard) -> None:
        self.discarded.append(len(discard.batch.records))
        self.reported()


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable("mapping", "shard")


async def hold(table: MemoryTable) -> HeldLease:
    leases = leases_of(table, "a/1")
    await leases.add(Lease("m-1", 1000, "s-0"))
    lease = await leases.take((await leases.all())[0])
    assert lease
    return lease


async def consumer(table: MemoryTable, reader: Reader, recorder: Recorder, **settings: Any) -> Consumer:
    async def note(_: EventSourceMapping, text: str) -> None:
        notes.append(text)

    notes: list[str] = []
    return Consumer(
        mapping(**settings),
        cast(Source, reader),
        delivery=cast(Delivery, recorder),
        lease=await hold(table),
        pace=PACE,
        note=note,
    )


async def test_a_shard_is_delivered_in_order_to_its_end(table: MemoryTable) -> None:
    """Batches as large as the mapping says; the end of the shard is stored after the last one."""
    recorder = Recorder()
    reader = Reader(records(1, 2, 3, 4), (), records(5))

    await (await consumer(table, reader, recorder, BatchSize=2)).run()

    assert recorder.delivered == [["1", "2"], ["3", "4"], ["5"]]
    assert table.items["m-1", "1000/s-0"]["checkpoint"] == SHARD_END


async def test_a_position_that_cannot_be_stored_is_stored_later_without_a_second_delivery(table: MemoryTable) -> None:
    """DynamoDB goes away while the function runs: the batch is done, and only its position is still due."""
    recorder = Recorder()
    one = await consumer(table, Reader(records(1, 2), records(3)), recorder, BatchSize=2)
    recorder.then = lambda: setattr(table, "offline", OFFLINE)
    running = asyncio.create_task(one.run())
    await until_async(lambda: _true(bool(one.trouble)), 30, interval=0.001)

    assert table.items["m-1", "1000/s-0"]["checkpoint"] == "TRIM_HORIZON"

    recorder.then = lambda: None
    table.offline = None
    await running

    assert recorder.delivered == [["1", "2"], ["3"]]


async def test_kinesis_going_away_ends_nothing(table: MemoryTable) -> None:
    """Reading goes on where it stopped."""
    recorder = Recorder()

    await (await consumer(table, Reader(records(1), OFFLINE, OFFLINE, records(2)), recorder, BatchSize=1)).run()

    assert recorder.delivered == [["1"], ["2"]]


async def test_a_batch_that_is_given_up_is_reported_and_passed(table: MemoryTable) -> None:
    """Retries 1: two attempts, one discard, and the shard goes on."""
    recorder = Recorder(lambda batch: FAILED if "1" in batch else RETURNED)

    await (await consumer(table, Reader(records(1), records(2)), recorder, BatchSize=1, MaximumRetryAttempts=1)).run()

    assert recorder.delivered == [["1"], ["1"], ["2"]]
    assert recorder.discarded == [1]


async def test_a_lost_lease_stops_the_shard_and_stores_nothing(table: MemoryTable) -> None:
    """Another replica took over while the function ran."""
    recorder = Recorder()
    one = await consumer(table, Reader(records(1), records(2)), recorder, BatchSize=1)
    recorder.then = lambda: table.items["m-1", "1000/s-0"].update(owner="b/1", counter=99)

    await one.run()

    assert recorder.delivered == [["1"]]
    assert table.items["m-1", "1000/s-0"]["checkpoint"] == "TRIM_HORIZON"


async def test_a_stop_ends_after_the_batch_in_hand(table: MemoryTable) -> None:
    """It is stored; what comes after it is left to the next reader."""
    recorder = Recorder()
    one = await consumer(table, Reader(records(1), records(2), records(3)), recorder, BatchSize=1)
    recorder.then = one.stop

    await one.run()

    assert recorder.delivered == [["1"]]
    assert table.items["m-1", "1000/s-0"]["checkpoint"] == "1"


async def test_lanes_are_drained_when_their_number_changes(table: MemoryTable) -> None:
    """What waits is spread anew once the batch in hand is done; nothing is lost, repeated or out of order."""
    recorder = Recorder()
    one = await consumer(
        table, Reader(*(records(number, number + 1) for number in range(1, 20, 2))), recorder, BatchSize=1
    )

    def change() -> None:
        if len(recorder.delivered) in {3, 9}:
            one.mapping = mapping(BatchSize=1, ParallelizationFactor=len(recorder.delivered))

    recorder.then = change
    await one.run()

    assert sorted(int(number) for (number,) in recorder.delivered) == list(range(1, 21))
    assert table.items["m-1", "1000/s-0"]["checkpoint"] == SHARD_END


async def test_a_window_is_final_though_lanes_are_drained_as_the_shard_ends(table: MemoryTable) -> None:
    """Tumbling windows turned off and the factor raised in one update, while the shard's last batch is in hand."""
    recorder = Recorder(lambda _: Answer(Kind.RETURNED, b'{"state": {"count": 1}}'))
    one = await consumer(table, Reader(records(1, arrival=30)), recorder, TumblingWindowInSeconds=60)
    recorder.then = lambda: setattr(one, "mapping", mapping(ParallelizationFactor=2))

    await one.run()

    assert recorder.delivered == [["1"], []]
    assert table.items["m-1", "1000/s-0"]["checkpoint"] == SHARD_END


async def test_a_report_is_sent_once_though_its_position_has_to_wait(table: MemoryTable) -> None:
    """The destination has it; only the position is still due."""
    recorder = Recorder(lambda _: FAILED)
    one = await consumer(table, Reader(records(1), records(2)), recorder, BatchSize=1, MaximumRetryAttempts=0)
    recorder.reported = lambda: setattr(table, "offline", OFFLINE)
    running = asyncio.create_task(one.run())
    await until_async(lambda: _true(bool(one.trouble)), 30, interval=0.001)
    recorder.reported = lambda: None
    table.offline = None
    await running

    assert recorder.discarded == [1, 1]
    assert recorder.delivered == [["1"], ["2"]]


async def test_a_reader_that_runs_ahead_stops_when_a_full_batch_waits(table: MemoryTable) -> None:
    """While the function runs, no more is read than the next batch and a page."""
    recorder, gate = Recorder(), asyncio.Event()
    reader = Reader(*(records(number) for number in range(1, 40)))
    one = await consumer(table, reader, recorder, BatchSize=2)
    recorder.gate = gate
    running = asyncio.create_task(one.run())
    await until_async(lambda: _true(len(reader.pages) <= 36), 30, interval=0.001)
    for _ in range(50):
        await asyncio.sleep(0)

    assert len(reader.pages) >= 35

    gate.set()
    await running

    assert [number for batch in recorder.delivered for number in batch] == [str(number) for number in range(1, 40)]
    assert reader.closed


async def _true(value: bool) -> bool:
    return value
