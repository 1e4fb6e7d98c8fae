"""One application while it runs: read, add up, and when a window is over write its lines.

The order that makes a line come once: the state that holds the lines as pending, and the positions behind their rows,
is stored; the lines are put; the state without them is stored. Whoever takes over from a crash finds one of the two.
"""

import asyncio
import hashlib
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from cloud.errors import FogbankError
from services.analytics import metrics
from services.analytics.program import Program
from services.analytics.settings import Settings
from services.analytics.sink import Sink
from services.analytics.source import Read, Record, Source
from services.analytics.state import Held, Pending, State
from services.analytics.windows import Windows

_ACTIVE = 10.0  # seconds after a record in which the stream is asked often


class Unreadable(FogbankError):
    """A record that is no JSON object, where the table does not say to ignore such."""


class Run:
    """name: the application's. Ends when stop is set, or by an error, and may then be begun again by anybody."""

    def __init__(self, name: str, program: Program, held: Held, kinesis: Any, settings: Settings) -> None:
        self.name = name
        self.program = program
        self.held = held
        self.kinesis = kinesis
        self.settings = settings
        self.stop = asyncio.Event()
        self.sink = Sink(kinesis, stream_arn(program.sink.stream, settings))
        self.state = State()
        self._dirty = False
        self._saved = self._active = time.monotonic()

    async def run(self) -> None:
        """Until stop. Raises LeaseLost, Unavailable, Unreadable, botocore's and DuckDB's errors."""
        self.state = await self.held.load()
        windows = await asyncio.to_thread(Windows, self.program)
        try:
            await self._settle()
            source = await self._open(windows)
            while not self.stop.is_set():
                read = await source.read()
                await self._take_in(read, source, windows)
                await self._write_out(source, windows)
                await self._pause(read)
            await self._save(windows)
        finally:
            await asyncio.to_thread(windows.close)

    async def _settle(self) -> None:
        """Lines that were on their way when the last run ended."""
        if self.state.pending:
            metrics.LINES.labels(self.name).inc(await self.sink.put(self.state.pending))
            self.state.pending = None
            self._dirty = True

    async def _open(self, windows: Windows) -> Source:
        plan = hashlib.sha256(self.program.text.encode()).hexdigest()
        if self.state.plan == plan:
            await asyncio.to_thread(windows.load, self.state.windows)
        self._dirty = self._dirty or self.state.plan != plan
        self.state.plan = plan
        source = Source(
            self.kinesis, self.program.source, stream_arn(self.program.source.stream, self.settings), self.state
        )
        await source.open()
        await self._save(windows)  # LATEST is now, not when the first window is over
        return source

    async def _take_in(self, read: Read, source: Source, windows: Windows) -> None:
        self.state.clock = max(self.state.clock, int(time.time() * 1000))
        watermark = source.watermark() if self.program.event_time else 0
        for shard, records in read.pages.items():
            rows = [(self.state.clock, record.data) for record in records if self._is_readable(shard, record)]
            if rows:
                newest, late = await asyncio.to_thread(windows.add, rows, watermark)
                self.state.shards[shard].newest = max(self.state.shards[shard].newest, newest)
                metrics.LATE.labels(self.name).inc(late)
            metrics.RECORDS.labels(self.name).inc(len(records))
        if read.moved:
            self._dirty = True
            self._active = time.monotonic()

    def _is_readable(self, shard: str, record: Record) -> bool:
        try:
            if isinstance(orjson.loads(record.data), dict):
                return True
        except orjson.JSONDecodeError:
            pass
        if self.program.source.options.get("json.ignore-parse-errors") != "true":
            raise Unreadable(f"record {record.sequence} of {shard} is no JSON object")
        metrics.UNREADABLE.labels(self.name).inc()
        return False

    async def _write_out(self, source: Source, windows: Windows) -> None:
        watermark = source.watermark() if self.program.event_time else self.state.clock
        metrics.OPEN.labels(self.name).set(len(windows.ends))
        if windows.ends and windows.ends[0] <= watermark:
            lines = await asyncio.to_thread(windows.take, watermark)
            self.state.pending = Pending(uuid4().hex, time.time(), lines)
            await self._save(windows)
            metrics.LINES.labels(self.name).inc(await self.sink.put(self.state.pending, looked=True))
            self.state.pending = None
            await self._save(windows)
        elif time.monotonic() - self._saved > (
            self.settings.checkpoint if self._dirty else self.settings.lease_duration / 3
        ):
            await self._save(windows)

    async def _save(self, windows: Windows) -> None:
        self.state.windows = await asyncio.to_thread(windows.dump)
        await self.held.save(replace(self.state))
        self._dirty, self._saved = False, time.monotonic()

    async def _pause(self, read: Read) -> None:
        if read.behind:
            return
        is_active = time.monotonic() - self._active < _ACTIVE
        pause = self.settings.poll_interval if is_active else self.settings.idle_poll_interval
        try:
            await asyncio.wait_for(self.stop.wait(), pause)
        except TimeoutError:
            return


def stream_arn(stream: str, settings: Settings) -> str:
    """A stream's ARN, by its name or its ARN."""
    if stream.startswith("arn:"):
        return stream
    return f"arn:aws:kinesis:{settings.region}:{settings.account}:stream/{stream}"
