"""The Runtime API, spoken by a runtime that does as it likes."""

import asyncio
import tracemalloc

import orjson

from services.worker.execution.limits import RESPONSE
from services.worker.execution.runtime_api import Call, RuntimeApi

RUNTIME = "/2018-06-01/runtime/invocation"
PIECE = bytes(1024 * 1024)


async def test_an_answer_without_end_does_not_fill_the_workers_memory() -> None:
    """It is a failure that tells its size, and no more of it is kept than an answer may have."""
    api = RuntimeApi()
    host = await api.open()
    reader, writer = await asyncio.open_connection(*host.split(":"))
    running = asyncio.create_task(api.run(Call("r-1", "arn", b"{}", 0)))
    writer.write(f"GET {RUNTIME}/next HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    await reader.readuntil(b"{}")
    tracemalloc.start()
    try:
        size = 64 * len(PIECE)
        writer.write(f"POST {RUNTIME}/r-1/response HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(64):
            writer.write(PIECE)
            await writer.drain()
        answer = await running
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()
        await api.close()

    assert (answer.failed, api.broken) == (True, True)
    assert f"({size} bytes)" in orjson.loads(answer.payload)["errorMessage"]
    assert peak < 5 * RESPONSE < size
