"""A subscription to one shard by enhanced fan-out: a thread that hands over what the service pushes.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

import asyncio
import contextlib
import threading
from collections import deque
from typing import Any

_AHEAD = 4  # events that wait to be taken; the service is not read any further meanwhile


class Subscription:
    """Runs until the service ends it (after five minutes at the latest), it fails, or close() is called.

    position: SubscribeToShard's StartingPosition.
    """

    def __init__(self, kinesis: Any, consumer_arn: str, shard_id: str, position: dict[str, Any]) -> None:
        self.error: Exception | None = None
        """Why it ended; None for as long as it runs, and when the service ended it."""
        self._kinesis = kinesis
        self._arguments = {"ConsumerARN": consumer_arn, "ShardId": shard_id, "StartingPosition": position}
        self._events: deque[dict[str, Any]] = deque()
        self._room = threading.Semaphore(_AHEAD)
        self._closed = threading.Event()
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        # A thread of its own: it may wait for minutes, and must not keep the process from ending.
        threading.Thread(target=self._run, name=f"subscription {shard_id}", daemon=True).start()

    @property
    def over(self) -> bool:
        """It has ended, and everything that came of it was taken."""
        return self._over and not self._events

    async def next(self, timeout: float) -> dict[str, Any] | None:
        """The next SubscribeToShardEvent, in order; None when there is none within timeout seconds, or no more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not (self._events or self._over):
                    self._news.clear()
                    await self._news.wait()
        if not self._events:
            return None
        self._room.release()
        return self._events.popleft()

    def close(self) -> None:
        """Take no more. The service hears of it with its next event, which it sends every few seconds."""
        self._closed.set()
        self._room.release()

    def _run(self) -> None:
        try:
            self._receive()
        except Exception as error:  # whoever reads must hear of it; botocore's errors of streams have no common root
            self.error = error
        self._over = True
        self._tell()

    def _receive(self) -> None:
        stream = self._kinesis.subscribe_to_shard(**self._arguments)["EventStream"]
        with contextlib.closing(stream):
            for event in stream:
                if self._closed.is_set():
                    return
                self._events.append(event["SubscribeToShardEvent"])
                self._tell()
                self._room.acquire()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the worker has ended, nobody listens
            self._loop.call_soon_threadsafe(self._news.set)
