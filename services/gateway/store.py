"""A small DynamoDB table of the gateway's own, made when it is first missed: an emulator may come back empty."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cloud.errors import AwsError
from cloud.log import line

LOG = logging.getLogger(__name__)
_TARGET = "DynamoDB_20120810."

Ask = Callable[[str, str, Mapping[str, Any]], Awaitable[Any]]
"""(service, target, body) -> parsed answer; raises AwsError."""


class Store:
    """One table with one string key. ask: the way to DynamoDB."""

    def __init__(self, ask: Ask, table: str, key: str) -> None:
        self._ask = ask
        self._table = table
        self._key = key

    async def get(self, name: str) -> dict[str, Any] | None:
        """An item as DynamoDB writes it; None: there is none. Raises what Ask raises."""
        body = {"TableName": self._table, "Key": self._named(name), "ConsistentRead": True}
        try:
            answer = await self._ask("dynamodb", f"{_TARGET}GetItem", body)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        item: dict[str, Any] | None = answer.get("Item")
        return item

    async def update(self, name: str, expression: str, values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """UpdateItem; the attributes that it was asked to return. Raises what Ask raises."""
        body = {
            "TableName": self._table,
            "Key": self._named(name),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
            **more,
        }
        answer = await self._with_table(lambda: self._ask("dynamodb", f"{_TARGET}UpdateItem", body))
        attributes: dict[str, Any] = (answer or {}).get("Attributes") or {}
        return attributes

    def _named(self, name: str) -> dict[str, Any]:
        return {self._key: {"S": name}}

    async def _with_table(self, write: Callable[[], Awaitable[Any]]) -> Any:
        for delay in (0.1, 0.2, 0.4, 0.8, 1.6):
            try:
                return await write()
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
            await self._create_table()
            await asyncio.sleep(delay)  # a new table takes a moment to become active
        return await write()

    async def _create_table(self) -> None:
        body = {
            "TableName": self._table,
            "AttributeDefinitions": [{"AttributeName": self._key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": self._key, "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        try:
            await self._ask("dynamodb", f"{_TARGET}CreateTable", body)
        except AwsError as error:
            if error.code != "ResourceInUseException":
                raise
            return
        LOG.info(line("created", table=self._table))
