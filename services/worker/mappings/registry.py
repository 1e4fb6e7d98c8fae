"""All event source mappings, kept in a table that replicas share.

States: Creating -> Enabled, Updating -> Enabled, Disabling -> Disabled, Enabling -> Enabled, Deleting -> gone. The API
makes the first step; the fleet of pollers makes the second once it holds true.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions import names
from services.worker.functions.registry import Functions
from services.worker.mappings import configuration, settings
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.mappings.sources import Kind
from services.worker.polling.streams import Streams
from services.worker.tables import Conflict, Item, Table


class EventSourceMappings:
    """changed is called after every change, so that this replica's pollers need not wait to notice it."""

    def __init__(self, table: Table, functions: Functions, streams: Streams) -> None:
        self.table = table
        self.functions = functions
        self.streams = streams
        self.changed: Callable[[], None] = lambda: None

    async def create(self, request: Mapping[str, Any]) -> EventSourceMapping:
        """CreateEventSourceMapping, with Lambda's errors (facts 1.3)."""
        validation.check("CreateEventSourceMapping", request)
        function_arn, timeout = await self._function(str(request["FunctionName"]))
        mapping = configuration.created(request, str(uuid.uuid4()), function_arn)
        if obstacle := await self.streams.obstacle(mapping.source_arn, timeout):
            raise AwsError("InvalidParameterValueException", obstacle)
        await self._refuse_twin(mapping)
        await self.table.create(_item(mapping))
        self.changed()
        return mapping

    async def get(self, mapping_id: str) -> EventSourceMapping:
        """GetEventSourceMapping; 404 ResourceNotFoundException."""
        if item := await self.table.get({"UUID": mapping_id}):
            return _mapping(item)
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)

    async def all(self, function_name: str | None = None, source_arn: str | None = None) -> list[EventSourceMapping]:
        """ListEventSourceMappings: all, or those of exactly this function (as qualified) and source."""
        mappings = sorted(map(_mapping, await self.table.scan()), key=lambda mapping: mapping.uuid)
        arn = self.functions.arn(names.parse(function_name)) if function_name else None
        return [
            mapping
            for mapping in mappings
            if arn in {None, mapping.function_arn} and source_arn in {None, mapping.source_arn}
        ]

    async def update(self, mapping_id: str, request: Mapping[str, Any]) -> EventSourceMapping:
        """UpdateEventSourceMapping: what the request does not name stays; it counts from the next batch on."""
        validation.check("UpdateEventSourceMapping", {**request, "UUID": mapping_id})
        old = await self.get(mapping_id)
        if old.state == "Deleting":
            raise _in_use()
        enabled = old.enabled if request.get("Enabled") is None else bool(request["Enabled"])
        state = "Updating" if enabled == old.enabled else "Enabling" if enabled else "Disabling"
        changes: Item = {
            "settings": settings.updated(old.kind, old.source_arn, old.settings, request),
            "enabled": enabled,
            "state": state,
            "modified": round(time.time(), 3),
        }
        if request.get("FunctionName") is not None:
            changes["function_arn"], _ = await self._function(str(request["FunctionName"]))
        return await self._change(old, changes)

    async def delete(self, mapping_id: str) -> EventSourceMapping:
        """DeleteEventSourceMapping: it answers as Deleting, and is gone once its pollers have stopped."""
        old = await self.get(mapping_id)
        return await self._change(old, {"enabled": False, "state": "Deleting", "modified": round(time.time(), 3)})

    async def settle(self, mapping: EventSourceMapping, stream_created: int | None) -> None:
        """The pollers have done what the mapping's state announced; unless it was changed again meanwhile."""
        changes: Item = {"state": "Enabled" if mapping.enabled else "Disabled"}
        if stream_created is not None:
            changes["stream_created"] = stream_created
        await self._note(mapping, changes, {"state": mapping.state, "modified": mapping.modified})

    async def note_result(self, mapping: EventSourceMapping, text: str) -> None:
        """Keep the text of LastProcessingResult."""
        await self._note(mapping, {"last_result": text}, {})

    async def remove(self, mapping: EventSourceMapping) -> None:
        """The pollers of a mapping that is Deleting have stopped."""
        await self.table.delete({"UUID": mapping.uuid})

    async def _note(self, mapping: EventSourceMapping, changes: Item, expect: Item) -> None:
        try:
            await self.table.update({"UUID": mapping.uuid}, changes, expect)
        except Conflict:  # changed or deleted by somebody; what they did counts
            return

    async def _change(self, old: EventSourceMapping, changes: Item) -> EventSourceMapping:
        try:
            item = await self.table.update({"UUID": old.uuid}, changes, {"modified": old.modified})
        except Conflict as error:
            raise _in_use() from error
        self.changed()
        return _mapping(item)

    async def _function(self, text: str) -> tuple[str, int]:
        """The ARN of an existing function, qualified as the text is, and its timeout in seconds."""
        name = names.parse(text)
        try:
            function = await self.functions.get(name)
        except AwsError as error:
            raise AwsError("InvalidParameterValueException", "Function does not exist") from error
        return self.functions.arn(name), function.timeout

    async def _refuse_twin(self, mapping: EventSourceMapping) -> None:
        for twin in await self.all():
            pair = (twin.source_arn, twin.function_arn)
            if pair == (mapping.source_arn, mapping.function_arn) and twin.state != "Deleting":
                raise AwsError("ResourceConflictException", _conflict(twin), 409)


def _in_use() -> AwsError:
    text = "Cannot update the event source mapping because it is not in a state that can be updated."
    return AwsError("ResourceInUseException", text, 400)


def _conflict(twin: EventSourceMapping) -> str:
    arn, function = twin.source_arn, twin.function.name
    known = f'The event source arn (" {arn} ") and function (" {function} ") provided mapping already exists.'
    if twin.kind is Kind.SQS:
        known = f'An event source mapping with SQS arn (" {arn} ") and function (" {function} ") already exists.'
    return f"{known} Please update or delete the existing mapping with UUID {twin.uuid}"


def _item(mapping: EventSourceMapping) -> Item:
    item = asdict(mapping)
    item["UUID"] = item.pop("uuid")
    return item


def _mapping(item: Item) -> EventSourceMapping:
    fields = {**item}
    return EventSourceMapping(uuid=fields.pop("UUID"), **fields)
