"""Invokes functions: finds them, hands each call to an environment of its pool, and says how it ended."""

import asyncio
import base64
import os
import time
import uuid
from dataclasses import dataclass

from cloud.errors import AwsError
from services.worker import metrics
from services.worker.execution import failures
from services.worker.execution.concurrency import Concurrency, Throttled
from services.worker.execution.environment import Environment, Gone, Ground, Release
from services.worker.execution.pool import InitFailed, Pool
from services.worker.execution.runtime_api import Answer, Call
from services.worker.functions.function import Function
from services.worker.functions.names import LATEST, FunctionName
from services.worker.functions.registry import Functions

_PATIENCE = 28.0  # seconds that a call waits for a free environment; API Gateway gives up after 29


@dataclass(frozen=True)
class Result:
    """What an invocation came to. error: "Unhandled" when the function failed; payload says why."""

    request_id: str
    payload: bytes
    error: str | None
    log: bytes
    version: str = LATEST

    def log_result(self) -> str:
        """The log's tail as the Invoke API answers it."""
        return base64.b64encode(self.log).decode()


class Invoker:
    """cap: environments per version of a function; keep: seconds an unused one is kept."""

    def __init__(self, functions: Functions, ground: Ground, cap: int, keep: float) -> None:
        self.functions = functions
        self.ground = ground
        self.cap = cap
        self.keep = keep
        self._concurrency = Concurrency()
        self._pools: dict[tuple[str, str], Pool] = {}
        # Loading code is work for a processor, not waiting: more at once would only make all of them late.
        self._loading = asyncio.Semaphore(max(2, os.cpu_count() or 1))

    async def invoke(
        self, name: FunctionName, payload: bytes, *, request_id: str | None = None, client_context: str = ""
    ) -> Result:
        """Run the function once. AwsError when it does not exist, is throttled, or no environment is free for long."""
        function = await self.functions.find(name)
        call = Call(request_id or str(uuid.uuid4()), self.functions.arn(name), payload, 0, client_context)
        started = time.monotonic()
        try:
            with self._concurrency.one_more(function):
                folder, fingerprint = await self.functions.code.ready(function.code)
                answer, log = await self._run(Release(function, fingerprint, folder), call)
        except InitFailed as failure:
            answer, log = _named(failure.answer, call.request_id), failure.log
        except Throttled:
            metrics.INVOCATIONS.labels(function.name, "throttled").inc()
            metrics.CLOUDWATCH.function(function.name, "Throttles", 1)
            raise
        _count(function.name, time.monotonic() - started, answer.failed)
        return Result(call.request_id, answer.payload, "Unhandled" if answer.failed else None, log, function.version)

    async def forget(self, name: str, version: str | None = None) -> None:
        """The function, or one version of it, was deleted: its environments end."""
        for key in [key for key in self._pools if key[0] == name and version in {None, key[1]}]:
            await self._pools.pop(key).close()

    async def close(self) -> None:
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def _run(self, release: Release, call: Call) -> tuple[Answer, bytes]:
        timeout = release.function.timeout
        while True:
            async with self._pool(release.function).environment(release, _PATIENCE) as environment:
                try:
                    return await environment.invoke(call.due(int((time.time() + timeout) * 1000)))
                except Gone:  # between two invocations, as after an error that nobody caught
                    continue

    def _pool(self, function: Function) -> Pool:
        key = (function.name, function.version)
        if key not in self._pools:
            self._pools[key] = Pool(self._start, self.cap, self.keep)
        return self._pools[key]

    async def _start(self, release: Release) -> tuple[Environment, Answer | None]:
        environment = Environment(release, self.ground)
        async with self._loading:
            try:
                return environment, await environment.start()
            except OSError as error:  # its folder is gone, or this machine has no room for another process
                raise AwsError(
                    "ServiceException", f"{release.function.name} cannot be started: {error}", 500
                ) from error


def _named(answer: Answer, request_id: str) -> Answer:
    """The answer of an init that failed before it was known for whom."""
    unknown = f"RequestId: {failures.UNKNOWN} ".encode()
    return Answer(answer.payload.replace(unknown, f"RequestId: {request_id} ".encode(), 1), answer.failed)


def _count(name: str, seconds: float, failed: bool) -> None:
    metrics.INVOCATIONS.labels(name, "error" if failed else "ok").inc()
    metrics.CLOUDWATCH.function(name, "Invocations", 1)
    metrics.CLOUDWATCH.function(name, "Errors", int(failed))
    metrics.CLOUDWATCH.function(name, "Duration", seconds * 1000, "Milliseconds")
