"""One execution environment: a child process that loads the function once and runs one invocation at a time.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
After a timeout, a crash or an interrupted invocation it is of no more use; the pool starts another.
"""

import asyncio
import contextlib
import logging
import math
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from services.worker.execution import failures, launcher, limits, variables
from services.worker.execution.output import Output
from services.worker.execution.runtime_api import Answer, Call, RuntimeApi
from services.worker.functions.configuration import Function

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Release:
    """What an environment runs: a function's configuration, and its code as it was. Another release needs another."""

    function: Function
    fingerprint: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, str]:
        return self.function.revision, self.fingerprint


class Environment:
    """Made by start(). alive: whether it can take another invocation."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.function = release.function
        self.api = RuntimeApi()
        self.output = Output(self._log)
        self._usable = False
        self.served = 0  # invocations
        self._process: asyncio.subprocess.Process | None = None
        self._exit: asyncio.Task[int] | None = None
        self._init = 0.0  # seconds, until the first invocation reported them

    @property
    def alive(self) -> bool:
        return self._usable and not self.api.broken and self._exit is not None and not self._exit.done()

    async def start(self, handed_on: Mapping[str, str]) -> Answer | None:
        """Start the process and wait until its code is loaded. A failed init gives the answer to whoever waits."""
        started = time.monotonic()
        self.output.say(f"INIT_START Runtime Version: python:{'.'.join(map(str, sys.version_info[:3]))}")
        try:
            self._process = await self._spawn(await self.api.open(), handed_on)
            self._exit = asyncio.create_task(self._process.wait())
            failure = await self._loaded()
        except BaseException:
            await self.close()
            raise
        self._init = time.monotonic() - started
        self._usable = failure is None
        if failure:
            await self.close()
        return failure

    async def invoke(self, call: Call) -> tuple[Answer, bytes]:
        """Run one invocation: the answer, and the end of what was printed meanwhile."""
        timeout, started = float(self.function.timeout), time.monotonic()
        self.served += 1
        self.output.begin()
        self.output.say(f"START RequestId: {call.request_id} Version: $LATEST")
        try:
            answer, status = await self._outcome(call, timeout)
        except BaseException:  # interrupted: whatever the function does now, nobody waits for it
            self._usable = False
            raise
        self.output.drain()
        self._report(call.request_id, time.monotonic() - started, status)
        return answer, self.output.tail()

    async def close(self) -> None:
        """End the process, politely if it can still be asked."""
        was_alive, self._usable = self.alive, False
        if self._process and self._exit:
            if was_alive:
                self._signal(signal.SIGTERM)
                await asyncio.wait({self._exit}, timeout=0.5)
            self._signal(signal.SIGKILL)
            await self._exit
        await self.api.close()
        self.output.close()

    async def _spawn(self, runtime_api: str, handed_on: Mapping[str, str]) -> asyncio.subprocess.Process:
        log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        runtime = [sys.executable, "-m", "awslambdaric", str(self.function.configuration["Handler"])]
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-I", "-S", str(Path(launcher.__file__)), str(os.getpid()), *runtime],
            cwd=self.function.folder,
            env=variables.of(self.function, runtime_api, log_stream, handed_on),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self.output.writer,
            stderr=self.output.writer,
            start_new_session=True,
        )
        self.output.started()
        return process

    async def _loaded(self) -> Answer | None:
        assert self._exit
        events: set[asyncio.Future[Any]] = {self.api.ready, self._exit}
        await asyncio.wait(events, timeout=limits.INIT, return_when=asyncio.FIRST_COMPLETED)
        if self.api.ready.done():
            return self.api.ready.result()
        if self._exit.done():
            return Answer(failures.exited("unknown", self._exit.result()), failed=True)
        return Answer(failures.timed_out("unknown", limits.INIT), failed=True)

    async def _outcome(self, call: Call, timeout: float) -> tuple[Answer, str]:
        assert self._exit
        answer = asyncio.create_task(self.api.run(call))
        try:
            await asyncio.wait({answer, self._exit}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result(), "error" if answer.result().failed else ""
            self._usable = False
            if self._exit.done():
                return Answer(failures.exited(call.request_id, self._exit.result()), failed=True), "error"
            self._signal(signal.SIGKILL)
            return Answer(failures.timed_out(call.request_id, timeout), failed=True), "timeout"
        finally:
            answer.cancel()

    def _report(self, request_id: str, duration: float, status: str) -> None:
        init, self._init = self._init, 0.0
        fields = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration * 1000:.2f} ms",
            f"Billed Duration: {math.ceil((init + duration) * 1000)} ms",
            f"Memory Size: {self.function.memory} MB",
            f"Max Memory Used: {self._memory()} MB",
            *([f"Init Duration: {init * 1000:.2f} ms"] if init else []),
            *([f"Status: {status}"] if status else []),
        ]
        self.output.say(f"END RequestId: {request_id}")
        self.output.say("\t".join(fields) + "\t")

    def _memory(self) -> int:
        assert self._process
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss) // 2**20
        except psutil.Error:  # it is gone
            return 0

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _log(self, line: str) -> None:
        log.info("%s | %s", self.function.name, line)
