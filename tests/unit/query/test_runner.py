"""A query's way through its states, whatever happens to the tables meanwhile."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cloud.tables import Item, Key
from cloud.wait import until_async
from services.query import runner
from services.query.executions import QUEUED, RUNNING, SUCCEEDED, Executions
from services.query.runner import Runner
from services.query.settings import Settings
from tests.unit.worker.memory_table import MemoryTable

PATIENCE = 30.0  # seconds


class Unreliable(MemoryTable):
    """changing: how many writes of a state fail; deaf: they are done all the same, and only the answer is lost."""

    def __init__(self, deaf: bool = False) -> None:
        super().__init__("id")
        self.deaf = deaf
        self.failing: dict[str, int] = {}

    async def update(self, key: Key, changes: Item, expect: Item, remove: Any = ()) -> Item:
        state = changes["state"]
        if not self.failing.get(state):
            return await super().update(key, changes, expect, remove)
        self.failing[state] -= 1
        if self.deaf:
            await super().update(key, changes, expect, remove)
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")


class Catalogue:
    """One database, nothing in it."""

    def databases(self) -> list[dict[str, Any]]:
        return [{"Name": "rides"}]


class Bucket:
    """Takes what it is given."""

    def put_object(self, **_: Any) -> None:
        """Taken."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAUSE", 0.01)


def box(table: MemoryTable, owner: str = "here/1") -> Runner:
    """A box's runner of the queries in a table."""
    catalogue: Any = Catalogue()
    return Runner(Executions(table, Settings(), owner), catalogue, Bucket(), Settings())


async def ended(of: Runner, name: str) -> str:
    """The state of a query that is open no more."""

    async def look() -> str:
        state = str((await of.executions.get(name))["state"])
        return "" if state in {QUEUED, RUNNING} else state

    return await until_async(look, PATIENCE, what="the query to end", interval=0.01)


@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("state", [RUNNING, SUCCEEDED])
async def test_a_query_ends_though_the_tables_do_not_answer_for_a_while(state: str, deaf: bool) -> None:
    """It stayed QUEUED or RUNNING for ever, and so did whoever waited for it."""
    table = Unreliable(deaf)
    table.failing[state] = 3
    asked = box(table)
    row, _ = await asked.executions.create({"QueryString": "SHOW DATABASES"})
    asked.submit(row)

    assert await ended(asked, row["id"]) == SUCCEEDED
    assert table.failing[state] < 3
    await asked.close()


@pytest.mark.parametrize("owner", ["here/2", "another-container/2"])
async def test_what_an_earlier_process_left_open_is_run(owner: str) -> None:
    """Whatever it was called: a container that is made anew has another host name."""
    table = MemoryTable("id")
    before = Executions(table, Settings(), "here/1")
    names = [(await before.create({"QueryString": "SHOW DATABASES"}))[0]["id"] for _ in range(2)]
    await before.move(names[0], QUEUED, RUNNING)
    after = box(table, owner)
    await after.begin()

    assert [await ended(after, name) for name in names] == [SUCCEEDED, SUCCEEDED]
    await after.close()
