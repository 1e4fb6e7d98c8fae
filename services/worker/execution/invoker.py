"""Invokes functions: finds them, hands each call to an environment of its pool, and says how it ended."""

import asyncio
import base64
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from cloud.errors import AwsError
from services.worker import metrics
from services.worker.execution.environment import Environment, Release
from services.worker.execution.pool import InitFailed, Pool
from services.worker.execution.runtime_api import Answer, Call
from services.worker.functions.code import CodeFolder
from services.worker.functions.configuration import Function
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions

_PATIENCE = 28.0  # seconds that a call waits for a free environment; API Gateway gives up after 29


@dataclass(frozen=True)
class Result:
    """What an invocation came to. error: "Unhandled" when the function failed; payload says why."""

    request_id: str
    payload: bytes
    error: str | None
    log: bytes
    version: str = "$LATEST"

    def log_result(self) -> str:
        """The log's tail as the Invoke API answers it."""
        return base64.b64encode(self.log).decode()


class Invoker:
    """cap: environments per function; keep: seconds an unused one is kept; handed_on: variables every function gets."""

    def __init__(self, functions: Functions, handed_on: Mapping[str, str], cap: int, keep: float) -> None:
        self.functions = functions
        self.handed_on = handed_on
        self.cap = cap
        self.keep = keep
        self._pools: dict[str, Pool] = {}
        self._folders: dict[str, CodeFolder] = {}
        # Loading code is work for a processor, not waiting: more at once would only make all of them late.
        self._loading = asyncio.Semaphore(max(2, os.cpu_count() or 1))

    async def invoke(
        self, name: FunctionName, payload: bytes, *, request_id: str | None = None, client_context: str = ""
    ) -> Result:
        """Run the function once. AwsError when it does not exist or no environment is free for too long."""
        function = await self.functions.find(name)
        request_id = request_id or str(uuid.uuid4())
        release = Release(function, await self._folder(function).fingerprint())
        try:
            async with self._pool(function).environment(release, _PATIENCE) as environment:
                deadline = int((time.time() + function.timeout) * 1000)
                call = Call(request_id, self.functions.arn(name), payload, deadline, client_context)
                answer, log = await environment.invoke(call)
        except InitFailed as failure:
            answer, log = failure.answer, b""
        metrics.INVOCATIONS.labels(function.name, "error" if answer.failed else "ok").inc()
        return Result(request_id, answer.payload, "Unhandled" if answer.failed else None, log)

    async def forget(self, name: str) -> None:
        """The function was deleted: its environments end."""
        if pool := self._pools.pop(name, None):
            await pool.close()

    async def close(self) -> None:
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _pool(self, function: Function) -> Pool:
        if function.name not in self._pools:
            self._pools[function.name] = Pool(self._start, self.cap, self.keep)
        return self._pools[function.name]

    def _folder(self, function: Function) -> CodeFolder:
        path = function.code["S3Key"]
        if path not in self._folders:
            self._folders[path] = CodeFolder(function.folder)
        return self._folders[path]

    async def _start(self, release: Release) -> tuple[Environment, Answer | None]:
        environment = Environment(release)
        async with self._loading:
            try:
                return environment, await environment.start(self.handed_on)
            except OSError as error:  # its folder is gone, or this machine has no room for another process
                raise AwsError(
                    "ServiceException", f"{release.function.name} cannot be started: {error}", 500
                ) from error
