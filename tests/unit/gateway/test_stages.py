"""Stage variables: declared, changed, stored, shared."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from cloud.errors import AwsError
from services.gateway.stages import Stages, read_patch

PROD = ("shop", "prod")


class Table:
    """DynamoDB as Stages uses it."""

    def __init__(self, *, exists: bool = True) -> None:
        self.exists = exists
        self.item: dict[str, Any] = {}
        self.hold: asyncio.Event | None = None

    async def ask(self, _service: str, target: str, body: Mapping[str, Any]) -> Any:
        action = target.partition(".")[2]
        if action == "CreateTable":
            self.exists = True
            return {}
        if not self.exists:
            raise AwsError("ResourceNotFoundException", "no table")
        if action == "GetItem":
            item = dict(self.item)
            if self.hold is not None:
                await self.hold.wait()
            return {"Item": item} if item else {}
        names, values = body["ExpressionAttributeNames"], body["ExpressionAttributeValues"]
        for assignment in body["UpdateExpression"].removeprefix("SET ").split(", "):
            name, value = assignment.split(" = ")
            self.item[names[name]] = values[value]
        return {}


def stages(table: Table) -> Stages:
    made = Stages(table.ask)
    made.declare(PROD, {"openSession": "none", "other": "o"})
    return made


async def test_an_update_is_seen_at_once_here_and_with_the_next_refresh_elsewhere() -> None:
    """And by a replica that starts later."""
    table = Table()
    here, there = stages(table), stages(table)
    await here.update(PROD, {"openSession": "S1"})

    assert here.variables(PROD) == {"openSession": "S1", "other": "o"}
    assert there.variables(PROD)["openSession"] == "none"
    await there.refresh()
    assert there.variables(PROD) == here.variables(PROD)


async def test_the_table_is_made_when_it_is_missing() -> None:
    """By the first update; a refresh before that finds the declared values."""
    table = Table(exists=False)
    here = stages(table)
    await here.refresh()
    await here.update(PROD, {"openSession": "S1", "other": None})

    assert here.variables(PROD) == {"openSession": "S1"}
    assert table.item == {"var.openSession": {"S": "S1"}, "var.other": {"NULL": True}}


async def test_an_emulator_that_came_back_empty_is_back_at_the_declaration() -> None:
    """What it forgot is forgotten here, too."""
    table = Table()
    here = stages(table)
    await here.update(PROD, {"openSession": "S1"})
    table.item, table.exists = {}, False
    await here.refresh()

    assert here.variables(PROD)["openSession"] == "none"


async def test_a_refresh_that_began_before_an_update_does_not_bring_the_old_value_back() -> None:
    """The gate must not open again by itself."""
    table = Table()
    here = stages(table)
    await here.update(PROD, {"openSession": "S1"})
    table.hold = asyncio.Event()
    refreshing = asyncio.ensure_future(here.refresh())
    await asyncio.sleep(0)
    await here.update(PROD, {"openSession": "none"})
    table.hold.set()
    await refreshing

    assert here.variables(PROD)["openSession"] == "none"


async def test_what_cannot_be_stored_is_not_applied() -> None:
    """An update is all or nothing."""

    async def refuse(*_: Any) -> Any:
        raise AwsError("InternalServerError", "down", 500)

    here = Stages(refuse)
    here.declare(PROD, {"openSession": "none"})
    with pytest.raises(AwsError):
        await here.update(PROD, {"openSession": "S1"})

    assert here.variables(PROD)["openSession"] == "none"


def test_patch_operations_become_changes() -> None:
    """replace, add and remove below /variables."""
    operations = [
        {"op": "replace", "path": "/variables/a", "value": "A-._~:/?#&=,9"},
        {"op": "add", "path": "/variables/b", "value": ""},
        {"op": "remove", "path": "/variables/c"},
    ]

    assert read_patch(operations) == {"a": "A-._~:/?#&=,9", "b": "", "c": None}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/description", "value": "x"},
        {"op": "replace", "path": "/variables/", "value": "x"},
        {"op": "replace", "path": "/variables/a-b", "value": "x"},
        {"op": "copy", "path": "/variables/a", "value": "x"},
        {"op": "replace", "path": "/variables/a", "value": "with blank"},
        {"op": "replace", "path": "/variables/a", "value": "x" * 513},
        {"op": "replace", "path": "/variables/a", "value": "$x"},
        {"op": "replace", "path": "/variables/a"},
    ],
)
def test_what_no_stage_variable_may_be_is_a_bad_request(operation: dict[str, Any]) -> None:
    """Names of letters, digits and _; values of what AWS allows, up to 512."""
    with pytest.raises(AwsError) as caught:
        read_patch([operation])

    assert (caught.value.code, caught.value.status) == ("BadRequestException", 400)
