"""Which replica holds a connection: rows, and how rarely they are read."""

from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.gateway.messages import CallFailed
from services.gateway.websocket.directory import Directory


class Table:
    """DynamoDB as a directory uses it."""

    def __init__(self, *, exists: bool = True) -> None:
        self.exists = exists
        self.rows: dict[str, Any] = {}
        self.actions: list[str] = []
        self.down = False

    async def ask(self, _service: str, target: str, body: Mapping[str, Any]) -> Any:
        action = target.partition(".")[2]
        self.actions.append(action)
        if self.down:
            raise CallFailed("down")
        if action == "CreateTable":
            self.exists = True
        elif not self.exists:
            raise AwsError("ResourceNotFoundException", "no table")
        elif action == "PutItem":
            self.rows[body["Item"]["Connection"]["S"]] = body["Item"]
        elif action == "GetItem":
            return (
                {"Item": self.rows[body["Key"]["Connection"]["S"]]}
                if body["Key"]["Connection"]["S"] in self.rows
                else {}
            )
        elif action == "DeleteItem":
            self.rows.pop(body["Key"]["Connection"]["S"], None)
        return {}


async def test_a_row_is_read_once() -> None:
    """A connection never moves, so that a thousand posts to another replica's cost one read."""
    table = Table()
    await Directory(table.ask, "http://a").add("c1", expires=1000.9)
    other = Directory(table.ask, "http://b")
    found = {await other.find("c1") for _ in range(1000)}

    assert found == {"http://a"}
    assert table.actions == ["PutItem", "GetItem"]
    assert table.rows["c1"]["ExpiresAt"] == {"N": "1000"}


async def test_what_is_over_is_forgotten() -> None:
    """By who removes it; an unknown id is asked about each time, since it may come to be."""
    table = Table()
    directory = Directory(table.ask, "http://a")
    await directory.add("c1", 1)
    await directory.find("c1")
    await directory.remove("c1")

    assert await directory.find("c1") is None
    assert await directory.find("c1") is None


async def test_the_table_is_made_when_it_is_missing() -> None:
    """First there is none, and nobody is found; the first connection makes it."""
    table = Table(exists=False)
    directory = Directory(table.ask, "http://a")
    assert await directory.find("c1") is None
    await directory.add("c1", 1)

    assert await directory.find("c1") == "http://a"


async def test_a_table_that_does_not_answer_costs_no_connection() -> None:
    """It cannot be found by others then; that is all."""
    table = Table()
    table.down = True
    directory = Directory(table.ask, "http://a")
    await directory.add("c1", 1)
    await directory.remove("c1")

    assert table.actions == ["PutItem", "DeleteItem"]
