"""The event source mappings, on a table in memory."""

from dataclasses import replace
from typing import Any, cast

import pytest

from cloud.errors import AwsError
from services.worker.mappings.registry import EventSourceMappings, _item

from .memory_table import MemoryTable
from .records import mapping

ID = "0a1b2c3d-0000-4000-8000-000000000000"


async def test_a_mapping_that_is_being_deleted_cannot_be_brought_back() -> None:
    """UpdateEventSourceMapping is refused while its pollers stop; they then remove it."""
    table = MemoryTable("UUID")
    mappings = EventSourceMappings(table, cast(Any, None), cast(Any, None))
    await table.create(_item(replace(mapping(), uuid=ID)))
    await mappings.delete(ID)

    with pytest.raises(AwsError, match="ResourceInUseException"):
        await mappings.update(ID, {"Enabled": True})

    assert (await mappings.get(ID)).state == "Deleting"
