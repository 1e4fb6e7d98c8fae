"""One execution environment: a child process that loads the function once and runs one invocation at a time.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
After a timeout, a crash or an interrupted invocation it is of no more use; the pool starts another.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloud.log_shipper import Shipper
from services.worker.execution import failures, launcher, limits, memory, runtimes, variables
from services.worker.execution.journal import Journal
from services.worker.execution.memory import MemoryWatch
from services.worker.execution.runtime_api import Answer, Call, RuntimeApi
from services.worker.functions.function import Function


class Gone(Exception):
    """The process ended before it took the invocation: another environment can run it."""


@dataclass(frozen=True)
class Release:
    """What an environment runs: a function's configuration, and its code as it was. Another release needs another."""

    function: Function
    fingerprint: str
    folder: Path = field(compare=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, str]:
        return self.function.revision, self.fingerprint


@dataclass(frozen=True)
class Ground:
    """What all environments of a worker stand on. handed_on: variables that every function gets."""

    handed_on: Mapping[str, str]
    watch: MemoryWatch
    logs: Shipper
    node_modules: str = ""


class Environment:
    """Made by start(). alive: whether it can take another invocation."""

    def __init__(self, release: Release, ground: Ground) -> None:
        self.release = release
        self.function = release.function
        self.ground = ground
        self.api = RuntimeApi()
        self.journal = Journal(release.function, ground.logs)
        self.served = 0  # invocations
        self._usable = False
        self._overdrawn = False  # it was ended because it used too much memory
        self._process: asyncio.subprocess.Process | None = None
        self._exit: asyncio.Task[int] | None = None

    @property
    def alive(self) -> bool:
        return self._usable and not self.api.broken and self._exit is not None and not self._exit.done()

    async def start(self) -> Answer | None:
        """Start the process and wait until its code is loaded. A failed init gives the answer to whoever waits."""
        self.journal.init_started(runtimes.version(self.function))
        try:
            failure = await self._start()
        except BaseException:
            await self.close()
            raise
        self.journal.initialised(failure)
        self._usable = failure is None
        if failure:
            await self.close()
        return failure

    async def invoke(self, call: Call) -> tuple[Answer, bytes]:
        """Run one invocation: the answer, and the end of what was printed meanwhile. Raises Gone."""
        started = time.monotonic()
        self.served += 1
        self.journal.begin(call.request_id)
        try:
            answer, status = await self._outcome(call, float(self.function.timeout))
        except BaseException:  # interrupted: whatever the function does now, nobody waits for it
            self._usable = False
            raise
        peak = memory.peak(self._process.pid) if self._process else 0
        return answer, self.journal.end(call.request_id, time.monotonic() - started, status, peak)

    def printed(self) -> bytes:
        """The end of what was printed since the last invocation began, or ever."""
        return self.journal.output.tail()

    async def close(self) -> None:
        """End the process and what it started, politely if it can still be asked."""
        was_alive, self._usable = self.alive, False
        if self._process and self._exit:
            if was_alive:
                self._signal(signal.SIGTERM)
                await asyncio.wait({self._exit}, timeout=0.5)
            self._signal(signal.SIGKILL)
            await self._exit
        await self.api.close()
        self.journal.close()

    async def _start(self) -> Answer | None:
        try:
            path = self.ground.handed_on.get("PATH", os.defpath)
            program = runtimes.command(self.function, self.release.folder, path)
        except runtimes.NoRuntime as error:
            self.journal.say(f"{error.error_type}: {error}")
            return Answer(failures.not_started(failures.UNKNOWN, error.error_type, str(error)), failed=True)
        self._process = await self._spawn(await self.api.open(), program)
        self._exit = asyncio.create_task(self._process.wait())
        with self._watched():
            return await self._loaded()

    async def _spawn(self, runtime_api: str, program: list[str]) -> asyncio.subprocess.Process:
        data = self.function.memory * 2**20 + memory.SLACK
        starter = [sys.executable, "-I", "-S", str(Path(launcher.__file__)), str(os.getpid()), str(data)]
        process = await asyncio.create_subprocess_exec(
            *[*starter, *program],
            cwd=self.release.folder,
            env=variables.of(
                self.function,
                self.release.folder,
                runtime_api=runtime_api,
                log_stream=self.journal.stream,
                handed_on=self.ground.handed_on,
                node_modules=self.ground.node_modules,
            ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self.journal.output.writer,
            stderr=self.journal.output.writer,
            start_new_session=True,
        )
        self.journal.output.started()
        return process

    async def _loaded(self) -> Answer | None:
        assert self._exit
        events: set[asyncio.Future[Any]] = {self.api.ready, self._exit}
        await asyncio.wait(events, timeout=limits.INIT, return_when=asyncio.FIRST_COMPLETED)
        if self.api.ready.done():
            return self.api.ready.result()
        if self._exit.done():
            return Answer(self._ended(failures.UNKNOWN), failed=True)
        return Answer(failures.timed_out(failures.UNKNOWN, limits.INIT), failed=True)

    async def _outcome(self, call: Call, timeout: float) -> tuple[Answer, str]:
        assert self._exit
        answer = asyncio.create_task(self.api.run(call))
        try:
            with self._watched():
                await asyncio.wait({answer, self._exit}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result(), "error" if answer.result().failed else ""
            self._usable = False
            if self._exit.done() and not self.api.taken:
                raise Gone
            if self._exit.done():
                return Answer(self._ended(call.request_id), failed=True), "error"
            self._signal(signal.SIGKILL)
            return Answer(failures.timed_out(call.request_id, timeout), failed=True), "timeout"
        finally:
            answer.cancel()

    def _ended(self, request_id: str) -> bytes:
        assert self._exit
        return failures.killed(request_id) if self._overdrawn else failures.exited(request_id, self._exit.result())

    @contextlib.contextmanager
    def _watched(self) -> Any:
        assert self._process
        pid = self._process.pid
        self.ground.watch.begin(pid, self.function.memory * 2**20, self._overdraw)
        try:
            yield
        finally:
            self.ground.watch.end(pid)

    def _overdraw(self, used: memory.Used) -> None:
        """More memory, or more processes, than it may have: all of them end, also those in sessions of their own."""
        self._overdrawn = True
        self._signal(signal.SIGKILL)
        for pid in used.pids[1:]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
