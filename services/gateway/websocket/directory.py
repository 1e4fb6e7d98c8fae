"""Which replica holds a connection: a row per connection, in a DynamoDB table of the gateway's own.

Written when a connection begins, deleted when it ends; DynamoDB's time to live takes what a dead replica leaves behind.
Read only for connections of other replicas, once each: a connection never moves.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cloud.errors import AwsError
from cloud.log import line
from services.gateway.messages import CallFailed, CallTimedOut

LOG = logging.getLogger(__name__)

TABLE = "FogbankConnections"
REMEMBERED = 20_000
_TARGET = "DynamoDB_20120810."
_UNREACHABLE = (AwsError, CallFailed, CallTimedOut)

Ask = Callable[[str, str, Mapping[str, Any]], Awaitable[Any]]
"""(service, target, body) -> parsed answer; raises AwsError, CallFailed, CallTimedOut."""


class Directory:
    """Connection ids to replicas' addresses. own: this replica's, e.g. http://127.0.0.1:8000."""

    def __init__(self, ask: Ask, own: str) -> None:
        self.own = own
        self._ask = ask
        self._known: OrderedDict[str, str] = OrderedDict()

    async def add(self, connection_id: str, expires: float) -> None:
        """Say that the connection is here until at most expires, seconds since the epoch.

        When it cannot be said, the log says so: the connection works, but other replicas do not find it.
        """
        item = {"Connection": {"S": connection_id}, "Replica": {"S": self.own}, "ExpiresAt": {"N": str(int(expires))}}
        try:
            await self._with_table("PutItem", {"Item": item})
        except _UNREACHABLE as error:
            LOG.warning(line("unlisted", connection=connection_id, error=error))

    async def find(self, connection_id: str) -> str | None:
        """The address of the replica that holds it, if any does. Raises AwsError, CallFailed, CallTimedOut."""
        known = self._known.get(connection_id)
        if known is not None:
            self._known.move_to_end(connection_id)
            return known
        try:
            answer = await self._call("GetItem", {"Key": _key(connection_id), "ConsistentRead": True})
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        replica = (answer.get("Item") or {}).get("Replica", {}).get("S")
        if replica:
            self._remember(connection_id, replica)
        return replica or None

    async def remove(self, connection_id: str) -> None:
        """The connection is over. A row that cannot be deleted is left to its time to live."""
        self._known.pop(connection_id, None)
        try:
            await self._call("DeleteItem", {"Key": _key(connection_id)})
        except _UNREACHABLE as error:
            LOG.debug(line("still-listed", connection=connection_id, error=error))

    def _remember(self, connection_id: str, replica: str) -> None:
        self._known[connection_id] = replica
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _call(self, action: str, body: Mapping[str, Any]) -> Any:
        return await self._ask("dynamodb", f"{_TARGET}{action}", {"TableName": TABLE, **body})

    async def _with_table(self, action: str, body: Mapping[str, Any]) -> None:
        for delay in (0.1, 0.2, 0.4, 0.8, 1.6):
            try:
                await self._call(action, body)
                return
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
            await self._create_table()
            await asyncio.sleep(delay)  # a new table takes a moment to become active
        await self._call(action, body)

    async def _create_table(self) -> None:
        body = {
            "AttributeDefinitions": [{"AttributeName": "Connection", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "Connection", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        try:
            await self._call("CreateTable", body)
            ttl = {"Enabled": True, "AttributeName": "ExpiresAt"}
            await self._call("UpdateTimeToLive", {"TimeToLiveSpecification": ttl})
        except AwsError as error:
            if error.code not in {"ResourceInUseException", "ValidationException", "ResourceNotFoundException"}:
                raise
            return
        LOG.info(line("created", table=TABLE))


def _key(connection_id: str) -> dict[str, Any]:
    return {"Connection": {"S": connection_id}}
