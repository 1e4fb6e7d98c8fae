"""Ships log events to CloudWatch Logs, off the way of invocations and requests.

Whoever has an event leaves it in a bounded queue and goes on; a task sends what has gathered. When CloudWatch Logs does
not keep up or is not there, the oldest events are dropped and counted.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import error_code
from cloud.log import line
from cloud.log_events import PutLogEvents

log = logging.getLogger(__name__)

_ROOM = 50_000  # events that may wait
_ROOM_BYTES = 32 * 1024 * 1024
_BATCH = 250  # events of one call; an emulator serves nobody else meanwhile, and CloudWatch's 10,000 take it long
_BATCH_BYTES = 1_000_000  # bytes of one call, below CloudWatch's 1,048,576
_OVERHEAD = 26  # bytes that CloudWatch counts for an event beside its text
_AT_ONCE = 4  # calls under way
_PATIENCE = 2.0  # seconds for what is left at the end
_LONGEST_PAUSE = 30.0  # seconds between two attempts while CloudWatch Logs is away

Place = tuple[str, str]


class Event(NamedTuple):
    """place: log group and stream; time: epoch milliseconds."""

    place: Place
    time: int
    message: str


class Shipper:
    """logs: a boto3 client; gather: seconds that events wait for company; dropped: is told how many were dropped."""

    def __init__(
        self,
        logs: Any,
        gather: float = 0.5,
        room: int = _ROOM,
        room_bytes: int = _ROOM_BYTES,
        dropped: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self.logs = logs
        self._put_log_events = PutLogEvents(logs)
        self.gather = gather
        self.room = room
        self.room_bytes = room_bytes
        self.dropped = dropped
        self._queue: deque[Event] = deque()
        self._bytes = 0
        self._streams: set[Place] = set()
        self._filled = asyncio.Event()
        self._stop = asyncio.Event()
        self._away = False

    def put(self, group: str, stream: str, messages: Iterable[str]) -> None:
        """Never waits and never fails. Empty lines are no events."""
        now, place = int(time.time() * 1000), (group, stream)
        for message in messages:
            if message:
                self._queue.append(Event(place, now, message))
                self._bytes += len(message)
        self._trim()
        self._filled.set()

    async def run(self) -> None:
        """Until close()."""
        pause = self.gather
        while not self._stop.is_set():
            await self._filled.wait()
            await _wait(self._stop, pause)
            self._filled.clear()
            pause = self.gather if await self._ship() else min(_LONGEST_PAUSE, pause * 2)

    async def close(self) -> None:
        """Send what is left, if that is quickly done."""
        self._stop.set()
        self._filled.set()
        try:
            await asyncio.wait_for(self._ship(), _PATIENCE)
        except TimeoutError:
            log.warning(line("log-events-lost", events=len(self._queue)))

    async def _ship(self) -> bool:
        """Whether all that waited was sent."""
        waiting, self._queue, self._bytes = self._queue, deque(), 0
        room = asyncio.Semaphore(_AT_ONCE)
        left = await asyncio.gather(*(self._stream(room, place, events) for place, events in _streams(waiting)))
        kept = [event for events in left for event in events]
        self._queue.extendleft(reversed(kept))
        self._bytes += sum(len(event.message) for event in kept)
        self._trim()
        if kept:
            self._filled.set()
        return not kept

    async def _stream(self, room: asyncio.Semaphore, place: Place, events: list[Event]) -> list[Event]:
        """Send a stream's events; returns those that could not be sent."""
        async with room:
            for batch, rest in _batches(events):
                try:
                    await asyncio.to_thread(self._send, place, batch)
                except (ClientError, BotoCoreError) as error:
                    if not self._away:
                        log.warning(line("logs-offline", error=error))
                    self._away = True
                    return [*batch, *rest]
        self._away = False
        return []

    def _send(self, place: Place, batch: list[Event]) -> None:
        if place not in self._streams:
            self._create(place)
        try:
            self._put(place, batch)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            self._create(place)
            self._put(place, batch)

    def _put(self, place: Place, batch: list[Event]) -> None:
        self._put_log_events(*place, [(event.time, event.message) for event in batch])

    def _create(self, place: Place) -> None:
        names = {"logGroupName": place[0], "logStreamName": place[1]}
        try:
            self._unless_there(self.logs.create_log_stream, **names)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            self._unless_there(self.logs.create_log_group, logGroupName=place[0])
            self._unless_there(self.logs.create_log_stream, **names)
        self._streams.add(place)

    def _unless_there(self, create: Any, **names: str) -> None:
        try:
            create(**names)
        except ClientError as error:
            if error_code(error) != "ResourceAlreadyExistsException":
                raise

    def _trim(self) -> None:
        dropped = 0
        while len(self._queue) > self.room or self._bytes > self.room_bytes:
            self._bytes -= len(self._queue.popleft().message)
            dropped += 1
        if dropped:
            self.dropped(dropped)


def _streams(events: Iterable[Event]) -> Iterator[tuple[Place, list[Event]]]:
    by_place: dict[Place, list[Event]] = {}
    for event in events:
        by_place.setdefault(event.place, []).append(event)
    for place, own in by_place.items():
        yield place, sorted(own, key=lambda event: event.time)


def _batches(events: list[Event]) -> Iterator[tuple[list[Event], list[Event]]]:
    """Each batch that fits into a call, with what comes after it."""
    start, size = 0, 0
    for end, event in enumerate(events):
        length = len(event.message.encode()) + _OVERHEAD
        if size + length > _BATCH_BYTES or end - start == _BATCH:
            yield events[start:end], events[end:]
            start, size = end, 0
        size += length
    if start < len(events):
        yield events[start:], []


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
