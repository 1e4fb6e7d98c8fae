"""The fleet's own: what it reports, and what it leaves behind."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError

from cloud.wait import until_async
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.registry import EventSourceMappings, _item
from services.worker.polling.delivery import Delivery
from services.worker.polling.fleet import Fleet
from services.worker.polling.lane import Pace
from services.worker.polling.source import Page, Position, Shard
from services.worker.tables import Item, Key

from .memory_table import MemoryTable, leases_of
from .records import mapping

OFFLINE = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
PACE = Pace(poll=0.001, idle_poll=0.001, lease=60, backoff=0.001, backoff_limit=0.001)


class Reader:
    """A shard that nothing comes from."""

    position = Position("TRIM_HORIZON")
    ended = False

    async def read(self, limit: int) -> Page:
        await asyncio.sleep(0)
        return Page(())

    def close(self) -> None:
        """Nothing is open."""


class Streams:
    """One stream of one shard. offline: an error that every call raises, while set."""

    offline: Exception | None = None

    async def created(self, _: str) -> int:
        if self.offline:
            raise self.offline
        return 1000

    async def shards(self, _: str) -> list[Shard]:
        return [Shard("s-0")]

    def reader(self, *_: Any) -> Reader:
        return Reader()


class Functions:
    """Looking for a function takes as long as the gate is closed. asked: somebody looks."""

    def __init__(self) -> None:
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def find(self, _: Any) -> Any:
        self.asked.set()
        await self.gate.wait()
        return self

    role = ""


class Rows(MemoryTable):
    """refused: whether a write is answered with an error."""

    refused: Callable[[Item], bool] = staticmethod(lambda _: False)

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        if self.refused(changes):
            raise OFFLINE
        return await super().update(key, changes, expect, remove)


class Replica:
    """A fleet, and what it stands on."""

    def __init__(self) -> None:
        self.streams, self.functions = Streams(), Functions()
        self.rows, self.table = Rows("mapping", "shard"), MemoryTable("UUID")
        streams, functions = cast(Any, self.streams), cast(Any, self.functions)
        self.fleet = Fleet(
            EventSourceMappings(self.table, functions, streams),
            functions,
            streams=streams,
            leases=leases_of(self.rows, "a/1"),
            delivery=cast(Delivery, None),
            pace=PACE,
            refresh=0.01,
        )

    async def map(self, one: EventSourceMapping) -> None:
        await self.table.create(_item(one))

    def start(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self.fleet.run())

    async def troubles_are(self, *names: str) -> bool:
        return [trouble.partition(":")[0] for trouble in self.fleet.troubles()] == list(names)

    @property
    def owners(self) -> list[str]:
        return [row["owner"] for row in self.rows.items.values()]

    async def owners_are(self, *owners: str) -> bool:
        return self.owners == list(owners)


async def test_a_consumer_that_is_being_started_at_the_end_leaves_its_lease_free() -> None:
    """Whoever is there next need not wait until it runs out."""
    one = Replica()
    one.functions.gate.clear()
    await one.map(mapping())
    running = one.start()
    await asyncio.wait_for(one.functions.asked.wait(), 30)
    assert one.owners == ["a/1"]

    await one.fleet.close()
    one.functions.gate.set()
    await running

    assert one.owners == [""]


async def test_a_stream_whose_mapping_was_removed_is_no_trouble_any_more() -> None:
    """By another replica: this one has nothing left to try."""
    one = Replica()
    one.streams.offline = OFFLINE
    await one.map(mapping())
    running = one.start()
    await until_async(lambda: one.troubles_are("stream Input"), 30, interval=0.001)

    await one.table.delete({"UUID": "m-1"})

    await until_async(one.troubles_are, 30, interval=0.001)
    await one.fleet.close()
    await running


async def test_the_last_lease_that_could_not_be_given_back_is_no_trouble_for_ever() -> None:
    """It runs out; and there is none left whose success would take the trouble back."""
    one = Replica()
    await one.map(mapping())
    running = one.start()
    await until_async(lambda: one.owners_are("a/1"), 30, interval=0.001)
    tried = asyncio.Event()

    def refused(changes: Item) -> bool:
        if changes["owner"] == "":
            tried.set()
        return tried.is_set()

    one.rows.refused = refused
    await one.table.update({"UUID": "m-1"}, {"enabled": False, "state": "Disabling"}, {})

    await asyncio.wait_for(tried.wait(), 30)
    await until_async(one.troubles_are, 30, interval=0.001)

    one.rows.refused = lambda _: False
    await one.fleet.close()
    await running
