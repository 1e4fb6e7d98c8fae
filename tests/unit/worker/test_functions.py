"""What invocations may know of a function, and for how long."""

from pathlib import Path
from typing import Any

import pytest

from cloud.errors import AwsError
from services.worker.functions.function import Function
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.functions.store import CodeStore
from services.worker.tables import Item, Key
from tests.unit.worker.memory_table import MemoryTable

NAME = FunctionName("f")


class Watched(MemoryTable):
    """Finds the function while it is written to: before, as the write's answer is on its way, or while it reads."""

    functions: Functions
    when = ""

    async def get(self, key: Key) -> dict[str, Any] | None:
        item = await super().get(key)
        if self.when == "reading":
            self.when = ""
            await self.functions.delete(NAME)
        return item

    async def delete(self, key: Key, expect: Item | None = None) -> None:
        if self.when == "before":
            await self.functions.find(NAME)
        await super().delete(key, expect)


@pytest.fixture
async def functions(tmp_path: Path) -> Functions:
    """With one function, f, whose code lies in a folder."""
    table = Watched("FunctionName")
    code = CodeStore(None, tmp_path)
    made = Functions(table, MemoryTable("FunctionName", "Part"), code, region="us-east-1", account="000000000000")
    table.functions = made
    await create(made, tmp_path)
    return made


async def create(functions: Functions, folder: Path) -> Function:
    settings = {"Handler": "app.handler", "Runtime": "python3.13", "Role": "arn:aws:iam::000000000000:role/r"}
    code = {"S3Bucket": "hot-reload", "S3Key": str(folder)}
    return await functions.create({"FunctionName": "f", "Code": code, **settings})


async def test_a_function_that_is_deleted_is_not_found(functions: Functions) -> None:
    """At once, by invocations too."""
    await functions.find(NAME)
    await functions.delete(NAME)

    with pytest.raises(AwsError, match="Function not found"):
        await functions.find(NAME)


@pytest.mark.parametrize("when", ["before", "reading"])
async def test_a_look_at_it_meanwhile_does_not_keep_it(functions: Functions, when: str) -> None:
    """Somebody looks while it is being deleted; or it is deleted between somebody's look and its being remembered."""
    functions.forget("f")
    assert isinstance(functions.table, Watched)
    functions.table.when = when
    await (functions.delete(NAME) if when == "before" else functions.find(NAME))

    with pytest.raises(AwsError, match="Function not found"):
        await functions.find(NAME)
