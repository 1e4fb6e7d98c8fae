"""The state tables, on a DynamoDB client that notes what it is asked."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.worker.tables import Conflict, DynamoDBTable


class DynamoDB:
    """Fails the first call with this code, later ones by their name; a table is active once it was created."""

    def __init__(self, code: str, **later: str) -> None:
        self.code = code
        self.later = later
        self.asked: list[str] = []
        self.arguments: dict[str, Any] = {}

    def __getattr__(self, method: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            self.asked.append(method)
            self.arguments = arguments
            if self.code and len(self.asked) == 1:
                raise ClientError({"Error": {"Code": self.code, "Message": ""}}, method)
            if method in self.later:
                raise ClientError({"Error": {"Code": self.later[method], "Message": ""}}, method)
            item = {"n": {"N": "1"}, "f": {"N": "0.5"}, "l": {"L": [{"S": "x"}]}}
            return {"Table": {"TableStatus": "ACTIVE"}, "Item": item, "Attributes": item}

        return call


async def test_a_missing_table_is_created_by_the_call_that_misses_it() -> None:
    """At the first start, and when the emulator came back empty; the call then goes through."""
    client = DynamoDB("ResourceNotFoundException")

    item = await DynamoDBTable(client, "T", ("id",)).get({"id": "1"})

    assert client.asked == ["get_item", "create_table", "describe_table", "get_item"]
    assert item == {"n": 1, "f": 0.5, "l": ["x"]}


async def test_a_condition_that_fails_is_a_conflict() -> None:
    """The caller decides what it means."""
    table = DynamoDBTable(DynamoDB("ConditionalCheckFailedException"), "T", ("id",))

    with pytest.raises(Conflict):
        await table.update({"id": "1"}, {"n": 2}, {"n": 1})


async def test_an_update_names_all_it_expects() -> None:
    """The item exists, attributes have their values, and an expected None does not exist."""
    client = DynamoDB("")

    await DynamoDBTable(client, "T", ("id",)).update({"id": "1"}, {"n": 2}, {"n": 1, "x": None}, remove=("w",))

    assert client.arguments["ConditionExpression"] == (
        "attribute_exists(#key) AND #e0 = :e0 AND attribute_not_exists(#e1)"
    )
    assert client.arguments["UpdateExpression"] == "SET #s0 = :s0 REMOVE #r0"


async def test_a_condition_that_fails_in_a_table_just_made_is_a_conflict_too() -> None:
    """What is to be changed does not exist in it; the caller hears the same as in an older table."""
    client = DynamoDB("ResourceNotFoundException", update_item="ConditionalCheckFailedException")

    with pytest.raises(Conflict):
        await DynamoDBTable(client, "T", ("id",)).update({"id": "1"}, {"n": 2}, {})


async def test_an_item_is_deleted_as_it_was_seen_or_not_at_all() -> None:
    """With expectations, as an update has them; without, whatever it is."""
    client = DynamoDB("")
    table = DynamoDBTable(client, "T", ("id",))

    await table.delete({"id": "1"}, {"n": 1})
    assert client.arguments["ConditionExpression"] == "attribute_exists(#key) AND #e0 = :e0"
    assert client.arguments["ExpressionAttributeValues"] == {":e0": {"N": "1"}}

    await table.delete({"id": "1"})
    assert set(client.arguments) == {"TableName", "Key"}
