"""The queue of asynchronous events: replicas share it, and a replica that dies loses nothing.

An event belongs to nobody, or to the process that has it in hand. Processes that have some show a heartbeat; the events
of one whose heartbeat stands still are free again. So an event runs at least once, as on AWS.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import Counter

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import Unavailable
from cloud.log import line
from services.worker import metrics
from services.worker.events.handling import Handler
from services.worker.events.store import Event, EventStore
from services.worker.functions.names import FunctionName

log = logging.getLogger(__name__)

_OFFLINE = (ClientError, BotoCoreError, Unavailable)
_AFTER_OUR_OWN_FAULT = 60.0  # seconds
_GRACE = 2.0  # seconds that events in hand get at the end


class EventQueue:
    """owner: this process, as "name/random"; cap: events in hand per function; refresh, lease: seconds."""

    def __init__(
        self, store: EventStore, handler: Handler, *, owner: str, cap: int, refresh: float, lease: float
    ) -> None:
        self.store = store
        self.handler = handler
        self.owner = owner
        self.cap = cap
        self.refresh = refresh
        self.lease = lease
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._in_hand: Counter[str] = Counter()
        self._ready: list[Event] = []
        self._seen: dict[str, tuple[int, float]] = {}
        self._first = True
        self._beats = 0
        self._beaten = 0.0
        self._beating = asyncio.Lock()
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()

    async def accept(self, name: FunctionName, payload: bytes) -> str:
        """Store the event and return its request id; botocore's errors when it cannot be stored."""
        now, request_id = time.time(), str(uuid.uuid4())
        mine = self._in_hand[name.name] < self.cap and not self._stop.is_set()
        if mine:
            await self._beat()
        event = Event(request_id, name.name, name.qualifier or "", now, now, self.owner if mine else "")
        stored = await self.store.add(event, payload)
        metrics.CLOUDWATCH.function(name.name, "AsyncEventsReceived", 1)
        if mine:
            self._begin(stored)
        return request_id

    async def run(self) -> None:
        """Until close()."""
        while not self._stop.is_set():
            try:
                await self._round()
            except _OFFLINE as error:
                log.warning(line("events-offline", error=error))
            except Exception:  # whatever it was, events that come later must not wait for the next start
                log.exception(line("events-failed"))
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.refresh)

    async def close(self) -> None:
        """Events in hand get a moment; those that need longer are another replica's, or the next start's."""
        self._stop.set()
        self._wake.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(*_OFFLINE):
            await self.store.end(self.owner)

    async def _round(self) -> None:
        if self._tasks:
            await self._beat()
        events, beats = await self.store.waiting()
        alive = self._alive(beats)
        now = time.time()
        free = [event for event in events if event.owner not in alive and event.id not in self._tasks]
        # One from the future was accepted before the clock was set back: it has waited long enough.
        due = (event for event in free if event.due <= now or now < event.accepted)
        self._ready = sorted(due, key=lambda event: -event.due)
        for owner in set(beats) - alive - {event.owner for event in events}:
            await self.store.end(owner, beats[owner])
        self._first = False
        await self._take()

    def _alive(self, beats: dict[str, int]) -> set[str]:
        """The owners whose events are theirs. One of this replica's own name is its predecessor: it is dead."""
        now, name = time.monotonic(), self.owner.partition("/")[0] + "/"
        self._seen = {
            owner: self._seen[owner] if self._seen.get(owner, (None, 0.0))[0] == beat else (beat, now)
            for owner, beat in beats.items()
        }
        fresh = {owner for owner, (_, since) in self._seen.items() if now - since <= self.lease}
        predecessors = {owner for owner in fresh if owner.startswith(name)} if self._first else set()
        return fresh - predecessors | {self.owner}

    async def _take(self) -> None:
        """Claim what there is room for, the oldest first."""
        passed: list[Event] = []
        while self._ready and not self._stop.is_set():
            event = self._ready.pop()
            if self._in_hand[event.function] >= self.cap:
                passed.append(event)
                continue
            await self._beat()
            if claimed := await self.store.change(event, owner=self.owner):
                self._begin(claimed)
        self._ready = passed[::-1]

    def _begin(self, event: Event) -> None:
        self._in_hand[event.function] += 1
        task = asyncio.create_task(self._handle(event), name=f"event/{event.id}")
        self._tasks[event.id] = task

    async def _handle(self, event: Event) -> None:
        try:
            await self.handler.handle(event)
        except Exception:
            log.exception(line("event-failed", function=event.function, request_id=event.id))
            with contextlib.suppress(*_OFFLINE):
                await self.store.change(event, owner="", due=time.time() + _AFTER_OUR_OWN_FAULT)
        finally:
            del self._tasks[event.id]
            self._in_hand[event.function] -= 1
            if self._ready or self._in_hand[event.function] == self.cap - 1:
                self._wake.set()  # others may wait for the room

    async def _beat(self) -> None:
        """Show that this process is alive, often enough."""
        async with self._beating:
            if time.monotonic() - self._beaten > self.lease / 4 or not self._beats:
                self._beats += 1
                await self.store.beat(self.owner, self._beats)
                self._beaten = time.monotonic()
