"""A box's state: DynamoDB tables, so that replicas share it and a restart forgets nothing.

A table that is missing is created by the first call that misses it: at the first start, and again when the emulator
came back empty.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, Protocol

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from cloud.errors import FogbankError, error_code
from cloud.wait import until_async

Item = dict[str, Any]
Key = Mapping[str, str]

_write = TypeSerializer().serialize
_read = TypeDeserializer().deserialize


class Conflict(FogbankError):
    """A conditional write found the item in another state than expected."""


class Table(Protocol):
    """What a box knows of a table. All methods raise botocore's errors when DynamoDB cannot answer."""

    async def get(self, key: Key) -> Item | None:
        """The item, as last written by anybody; None when there is none."""

    async def scan(self) -> list[Item]:
        """All items."""

    async def query(self, value: str) -> list[Item]:
        """All items with this value of the hash key."""

    async def create(self, item: Item) -> None:
        """Write a new item; Conflict when one with its key exists."""

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        """Set attributes (and remove some) of an existing item, if its attributes still have the expected values.

        An expected None means that the attribute does not exist. Returns the whole new item; Conflict otherwise.
        """

    async def delete(self, key: Key, expect: Item | None = None) -> None:
        """Delete the item, which may be gone already.

        expect: only if its attributes still have these values, as for update(); Conflict otherwise.
        """


class DynamoDBTable:
    """Table on DynamoDB.

    keys: the hash key's name and, where there is one, the range key's; both are strings. expiry: the attribute that
    holds the second after which DynamoDB may delete an item, "" for none.
    """

    def __init__(self, dynamodb: Any, name: str, keys: Sequence[str], expiry: str = "") -> None:
        self.dynamodb = dynamodb
        self.name = name
        self.keys = keys
        self.expiry = expiry

    async def get(self, key: Key) -> Item | None:
        reply = await self._call("get_item", Key=_pack(key), ConsistentRead=True)
        return _unpack(reply["Item"]) if "Item" in reply else None

    async def scan(self) -> list[Item]:
        return await self._pages("scan")

    async def query(self, value: str) -> list[Item]:
        return await self._pages(
            "query",
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": self.keys[0]},
            ExpressionAttributeValues={":key": _write(value)},
        )

    async def create(self, item: Item) -> None:
        await self._call(
            "put_item",
            Item=_pack(item),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": self.keys[0]},
        )

    async def update(self, key: Key, changes: Item, expect: Item, remove: Sequence[str] = ()) -> Item:
        reply = await self._call("update_item", Key=_pack(key), **_expressions(self.keys[0], changes, expect, remove))
        return _unpack(reply["Attributes"])

    async def delete(self, key: Key, expect: Item | None = None) -> None:
        await self._call("delete_item", Key=_pack(key), **(_condition(self.keys[0], expect) if expect else {}))

    async def _pages(self, method: str, **arguments: Any) -> list[Item]:
        items: list[Item] = []
        page: Item = {}
        while True:
            reply = await self._call(method, ConsistentRead=True, **arguments, **page)
            items += map(_unpack, reply["Items"])
            if "LastEvaluatedKey" not in reply:
                return items
            page = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}

    async def _call(self, method: str, **arguments: Any) -> Any:
        try:
            return await self._ask(method, **arguments)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
        await self._create_table()
        return await self._ask(method, **arguments)

    async def _ask(self, method: str, **arguments: Any) -> Any:
        try:
            return await asyncio.to_thread(getattr(self.dynamodb, method), TableName=self.name, **arguments)
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                raise Conflict(f"{self.name}: {arguments.get('Key')}") from error
            raise

    async def _create_table(self) -> None:
        try:
            await asyncio.to_thread(
                self.dynamodb.create_table,
                TableName=self.name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in self.keys],
                KeySchema=[
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(self.keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        except ClientError as error:  # another replica was faster
            if error_code(error) != "ResourceInUseException":
                raise
        await until_async(self._is_active, 20, what=f"table {self.name}")
        if self.expiry:
            specification = {"Enabled": True, "AttributeName": self.expiry}
            with suppress(ClientError):  # another replica was faster; without it, items only stay longer
                await asyncio.to_thread(
                    self.dynamodb.update_time_to_live, TableName=self.name, TimeToLiveSpecification=specification
                )

    async def _is_active(self) -> bool:
        reply = await asyncio.to_thread(self.dynamodb.describe_table, TableName=self.name)
        return bool(reply["Table"]["TableStatus"] == "ACTIVE")


def _condition(hash_key: str, expect: Item) -> Item:
    names = {"#key": hash_key}
    values: Item = {}
    conditions = ["attribute_exists(#key)"]
    for number, (name, value) in enumerate(expect.items()):
        names[f"#e{number}"] = name
        if value is None:
            conditions.append(f"attribute_not_exists(#e{number})")
        else:
            conditions.append(f"#e{number} = :e{number}")
            values[f":e{number}"] = _write(_exact(value))
    return {
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def _expressions(hash_key: str, changes: Item, expect: Item, remove: Sequence[str]) -> Item:
    condition = _condition(hash_key, expect)
    names, values = condition["ExpressionAttributeNames"], condition.get("ExpressionAttributeValues", {})
    sets = []
    for number, (name, value) in enumerate(changes.items()):
        names[f"#s{number}"] = name
        values[f":s{number}"] = _write(_exact(value))
        sets.append(f"#s{number} = :s{number}")
    names |= {f"#r{number}": name for number, name in enumerate(remove)}
    update = [f"SET {', '.join(sets)}"] if sets else []
    update += [f"REMOVE {', '.join(f'#r{number}' for number in range(len(remove)))}"] if remove else []
    return {
        **condition,
        "UpdateExpression": " ".join(update),
        "ExpressionAttributeNames": names,
        "ReturnValues": "ALL_NEW",
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def _pack(item: Mapping[str, Any]) -> Item:
    return {name: _write(_exact(value)) for name, value in item.items()}


def _unpack(item: Item) -> Item:
    return {name: _plain(_read(value)) for name, value in item.items()}


def _exact(value: Any) -> Any:
    """DynamoDB's numbers are decimal; boto3 refuses floats."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return bytes(value.value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
