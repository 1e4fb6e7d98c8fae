"""One lane of a shard: batch after batch through outcome and delivery, and its position with each of them.

A position is stored only after the work before it is done, so whatever stops this process, the next one begins with
the first record that is not.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from math import inf

from botocore.exceptions import BotoCoreError, ClientError

from services.worker import metrics
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import outcome, windows
from services.worker.polling.buffer import Buffer
from services.worker.polling.delivery import Delivery
from services.worker.polling.lanes import Ledger
from services.worker.polling.leases import HeldLease
from services.worker.polling.outcome import Batch, Kind, Step
from services.worker.polling.windows import Window


@dataclass(frozen=True)
class Pace:
    """Seconds between reads of a busy and of an idle shard; until a lease counts as abandoned; of retries.

    window_idle: after the end of a tumbling window, until it is over without a later record.
    """

    poll: float
    idle_poll: float
    lease: float
    backoff: float
    backoff_limit: float
    window_idle: float = 5.0


@dataclass
class Shard:
    """What the lanes of one shard share. note: keeps the text of the mapping's LastProcessingResult."""

    mapping: EventSourceMapping
    delivery: Delivery
    lease: HeldLease
    pace: Pace
    note: Callable[[EventSourceMapping, str], Awaitable[None]]
    window: Window | None = None
    """The newest tumbling window. A shard with windows has one lane."""
    ledger: Ledger = field(default_factory=Ledger)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    """A lane took records: there may be room for more."""
    draining: bool = False
    """Lanes end after the batch in hand and keep what waits."""
    ended: bool = False
    """Nothing more can come: lanes end when they are empty."""
    read_until: float = 0.0
    """Epoch seconds: what had arrived by then has been read."""
    trouble: str = ""
    """Why the shard cannot be read, or its position not be stored, at the moment; empty while it can."""

    @property
    def name(self) -> str:
        return self.lease.lease.shard

    @property
    def horizon(self) -> float:
        """What arrived before, in epoch seconds, is in a lane or done."""
        return inf if self.ended else self.read_until - self.pace.window_idle

    async def store(self, window: Window | None = None) -> None:
        """The position of the whole shard, and the window with it, if there is anything new."""
        mark, stored = self.ledger.mark, self.lease.lease.checkpoint
        if (window and window.over) or (mark and mark != stored):
            await self.lease.checkpoint(mark, window)

    async def keep_lease(self) -> None:
        """After a long pause of this process somebody else may own the shard: make sure before anybody hears of it."""
        if time.monotonic() - self.lease.renewed > self.pace.lease / 2:
            await self.lease.renew()


class Lane:
    """Runs until its shard stops, drains or ends. number: its own, from 0."""

    def __init__(self, shard: Shard, number: int = 0) -> None:
        self.shard = shard
        self.number = number
        self.buffer = Buffer()
        self.wake = asyncio.Event()
        """There is something new: records, settings, the time, an end."""
        self._work: outcome.Work = ()
        self._due: Step | None = None
        self._told = False

    @property
    def busy(self) -> bool:
        """Whether a batch is in hand."""
        return bool(self._work)

    async def run(self) -> None:
        """LeaseLost when somebody else reads the shard now."""
        while not self.shard.stop.is_set() and not (self.shard.draining and not self._work):
            self.wake.clear()
            try:
                if not self._work:
                    self._work = self._take()
                if self._work:
                    await self._advance()
                elif self.shard.ended:
                    return
                else:
                    await self._rest()
            except (ClientError, BotoCoreError) as error:
                self.shard.trouble = str(error)
                await self._pause(self.shard.pace.backoff)

    def _take(self) -> outcome.Work:
        """The next batch; the empty one of a window's final invocation when that is due."""
        mapping, shard = self.shard.mapping, self.shard
        width, head = mapping.tumbling, self.buffer.head
        if self.number == 0 and windows.due(shard.window, width, head, shard.horizon):
            return (Batch(()),)
        if head is None:
            return ()
        place = windows.place(shard.window, head.arrival, width) if width else None
        records = self.buffer.take(
            mapping.batch_size,
            mapping.window,
            time.monotonic(),
            last=shard.ended,
            end=place.end if place else inf,
            **({"frame": len(windows.event((), place, shard.name, mapping.source_arn))} if place else {}),
        )
        shard.room.set()
        return (Batch(records),) if records else ()

    async def _advance(self) -> None:
        """One step on; if its position cannot be stored, it stays due and nothing is delivered again."""
        if self._due is None:
            self._due = await self._decide()
            self._told = False
        if not self._told:
            await self._finish(self._due)
            self._told = True
        await self.shard.store(self._due.window)
        step, self._due = self._due, None
        self._work = step.work
        if not step.work:
            self.buffer.restart(time.monotonic())
        await self._pause(step.wait)

    async def _decide(self) -> Step:
        mapping, pace = self.shard.mapping, self.shard.pace
        work, rules = self._placed(), outcome.rules(mapping.settings, pace.backoff, pace.backoff_limit)
        step = outcome.before(work, rules, time.time())
        if not step.discard:
            await self.shard.keep_lease()
            answer = await self.shard.delivery.deliver(mapping, self.shard.name, work[0])
            step = outcome.after(work, answer, rules)
            await self._note(answer.kind)
        return step

    async def _finish(self, step: Step) -> None:
        """Report what is given up, and count what is done."""
        if step.discard:
            await self.shard.keep_lease()
            await self.shard.delivery.give_up(self.shard.mapping, self.shard.name, step.discard)
        done = _count(self._work) - _count(step.work)
        self.shard.ledger.finish(self.number, done)
        self.shard.window = step.window or self.shard.window
        metrics.RECORDS.labels(self.shard.mapping.function.name).inc(done)

    def _placed(self) -> outcome.Work:
        """The work, its first batch in the window as that is now; a final invocation that is due at once goes first."""
        window, width, batch = self.shard.window, self.shard.mapping.tumbling, self._work[0]
        if window and batch.records and windows.due(window, width, batch.records[0], self.shard.horizon):
            batch = Batch(())
            self._work = (batch, *self._work)
        if batch.records:
            placed = windows.place(window, batch.records[0].arrival, width) if width else None
        else:
            placed = replace(window, final=True) if window else None
        return (replace(batch, window=placed), *self._work[1:])

    async def _note(self, kind: Kind) -> None:
        text = {Kind.RETURNED: "OK", Kind.FUNCTION_ERROR: "PROBLEM: Function call failed"}.get(kind, "")
        if text and text != self.shard.mapping.last_result:
            with contextlib.suppress(ClientError, BotoCoreError):  # it is but a text, and the next batch brings it too
                await self.shard.note(self.shard.mapping, text)

    async def _rest(self) -> None:
        patience = self.buffer.patience(self.shard.mapping.window, time.monotonic())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wake.wait(), patience)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.shard.stop.wait(), seconds)


def _count(work: outcome.Work) -> int:
    return sum(len(batch.records) for batch in work)
