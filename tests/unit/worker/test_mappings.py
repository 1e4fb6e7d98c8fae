"""The event source mappings, on a table in memory."""

from typing import Any, cast

import pytest

from cloud.errors import AwsError
from services.worker.mappings.registry import EventSourceMappings, _item

from .memory_table import MemoryTable
from .records import mapping


async def test_a_mapping_that_is_being_deleted_cannot_be_brought_back() -> None:
    """UpdateEventSourceMapping is refused while its pollers stop; they then remove it."""
    table = MemoryTable("UUID")
    mappings = EventSourceMappings(table, cast(Any, None), cast(Any, None))
    await table.create(_item(mapping()))
    await mappings.delete("m-1")

    with pytest.raises(AwsError, match="ResourceInUseException"):
        await mappings.update("m-1", {"Enabled": True})

    assert (await mappings.get("m-1")).state == "Deleting"
