"""Invocations of type Event: accepted at once, run afterwards, tried three times.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. They wait in memory: what is still
waiting when the worker stops is not run.
"""

import asyncio
import logging
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError
from cloud.log import line
from services.worker.execution.invoker import Invoker
from services.worker.functions.names import FunctionName

log = logging.getLogger(__name__)

_PAUSES = (60.0, 120.0)  # seconds before the second and the third attempt


class Background:
    """Runs invocations that nobody waits for."""

    def __init__(self, invoker: Invoker, pauses: tuple[float, ...] = _PAUSES) -> None:
        self.invoker = invoker
        self.pauses = pauses
        self._tasks: set[asyncio.Task[Any]] = set()

    def accept(self, name: FunctionName, payload: bytes) -> str:
        """Run it soon; returns its request id."""
        request_id = str(uuid.uuid4())
        task = asyncio.create_task(self._run(name, payload, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return request_id

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, name: FunctionName, payload: bytes, request_id: str) -> None:
        for pause in (*self.pauses, None):
            if await self._succeeds(name, payload, request_id):
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.error(line("event-dropped", function=name.name, request_id=request_id))

    async def _succeeds(self, name: FunctionName, payload: bytes, request_id: str) -> bool:
        try:
            return (await self.invoker.invoke(name, payload, request_id=request_id)).error is None
        except (AwsError, ClientError, BotoCoreError) as error:
            log.warning(line("not-invoked", function=name.name, error=error))
            return False
