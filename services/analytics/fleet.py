"""The applications that this replica runs: those that nobody else runs; what ended by an error begins anew."""

import asyncio
import contextlib
import logging
import time
from typing import Any

from cloud.log import line
from cloud.tables import Item
from services.analytics import metrics
from services.analytics.applications import Applications, edition, runs
from services.analytics.parser import parse
from services.analytics.run import Run
from services.analytics.settings import Settings
from services.analytics.state import Held, LeaseLost, States

log = logging.getLogger(__name__)
_MOST = 10.0  # seconds between an error and the next attempt


class Fleet:
    """applications is set once both are there: each needs the other."""

    applications: Applications

    def __init__(self, states: States, kinesis: Any, settings: Settings) -> None:
        self.states = states
        self.kinesis = kinesis
        self.settings = settings
        self.trouble = "tables: not read yet"
        self._running: dict[str, tuple[Run, tuple[str, int], asyncio.Task[None]]] = {}
        self._failed: dict[str, tuple[int, float]] = {}  # failures in a row, and when the next attempt is due
        self._seen: dict[str, tuple[int, float]] = {}  # a row's counter, and since when it stands still
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._first = True

    def wake(self) -> None:
        """Something changed: the next round begins now."""
        self._wake.set()

    async def run(self) -> None:
        """Until close(); then stop all, store their state, leave them to others."""
        while not self._stop.is_set():
            self._wake.clear()
            try:
                await self._round()
                self.trouble = ""
            except Exception as error:  # the next round may succeed; health says that this one did not
                if not self.trouble:
                    log.warning(line("offline", error=error))
                self.trouble = f"tables: {error}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.settings.refresh_interval)
        for name in list(self._running):
            await self._end(name)

    def close(self) -> None:
        """Have run() end."""
        self._stop.set()
        for run, _, _ in self._running.values():
            run.stop.set()
        self.wake()

    async def _round(self) -> None:
        rows = {row["name"]: row for row in await self.applications.all()}
        for name, (_, known, task) in list(self._running.items()):
            row = rows.get(name)
            if task.done() or row is None or not runs(row) or edition(row) != known:
                await self._end(name)
        for name, row in rows.items():
            due = self._failed.get(name, (0, 0.0))[1]
            if runs(row) and name not in self._running and time.monotonic() >= due and not self._stop.is_set():
                await self._begin(name, row)
        self._first = False

    async def _begin(self, name: str, row: Item) -> None:
        try:
            program = parse(row["text"])
        except Exception as error:  # a text of another version's; the other applications run all the same
            self._note_failure(name, error)
            return
        found = await self.states.row(name)
        if found and not self._is_free(name, found):
            return
        if held := await self.states.take(name, found):
            run = Run(name, program, held, self.kinesis, self.settings)
            task = asyncio.create_task(run.run(), name=name)
            task.add_done_callback(lambda _: self.wake())
            self._running[name] = (run, edition(row), task)
            await self.applications.note_running(name)
            log.info(line("run", application=name, version=row["version"]))

    def _is_free(self, name: str, row: Item) -> bool:
        """Whether nobody runs it: no owner, an earlier process of this replica, or one that is silent for too long."""
        owner, counter, now = row["owner"], row["counter"], time.monotonic()
        seen, since = self._seen.get(name, (-1, now))
        self._seen[name] = (counter, since if seen == counter else now)
        is_mine = owner == self.states.owner or (self._first and owner.startswith(self.settings.name + "/"))
        return not owner or is_mine or now - self._seen[name][1] > self.settings.lease_duration

    async def _end(self, name: str) -> None:
        run, _, task = self._running.pop(name)
        run.stop.set()
        try:
            await task
            self._failed.pop(name, None)
            await self._release(run.held)
        except LeaseLost:
            log.warning(line("lease-lost", application=name))
        except Exception as error:  # whatever it is, it is begun anew, and the others run on
            self._note_failure(name, error)

    def _note_failure(self, name: str, error: Exception) -> None:
        failures = self._failed.get(name, (0, 0.0))[0] + 1
        self._failed[name] = (failures, time.monotonic() + min(0.5 * 2**failures, _MOST))
        metrics.RESTARTS.labels(name).inc()
        log.warning(line("run-failed", application=name, failures=failures, error=error))

    async def _release(self, held: Held) -> None:
        with contextlib.suppress(LeaseLost):
            await held.release()
