"""The site's memory: the last snapshot, looked at anew when a visitor comes and it is older than half a second.

As a CDN's edge does, it goes on serving what it has while the origin is away, restarts, or comes back empty.
"""

import asyncio
import logging
from collections.abc import Callable

from cloud import log
from cloud.errors import Unavailable
from services.site.objects import Origin, Snapshot

FRESH = 0.5  # seconds that a snapshot is taken for current
PATIENCE = 1.0  # seconds that visitors wait for a look when there is something to show meanwhile

_log = logging.getLogger(__name__)


class Cache:
    """origin: where the pages are; now: seconds of a clock that never goes back."""

    def __init__(self, origin: Origin, now: Callable[[], float]) -> None:
        self.origin = origin
        self.now = now
        self.snapshot = Snapshot()
        self.trouble = "pages: not read yet"
        self._looked = self._began = float("-inf")
        self._look: asyncio.Task[None] | None = None

    async def current(self) -> Snapshot:
        """The pages as they are now, or as they were last seen."""
        if self._look is None and self.now() - self._looked >= FRESH:
            self._look = asyncio.create_task(self._refresh())
            self._began = self.now()
        if self._look is not None:
            left = self._began + PATIENCE - self.now() if self.snapshot.objects else None
            if left is None or left > 0:
                await asyncio.wait([self._look], timeout=left)
        return self.snapshot

    async def missing(self) -> list[str]:
        """What the site lacks, in words; it may be serving what it saw before all the same."""
        snapshot = await self.current()
        return [*([self.trouble] if self.trouble else []), *snapshot.missing()]

    async def _refresh(self) -> None:
        try:
            read = await asyncio.to_thread(self.origin.read, self.snapshot)
            self._take(read)
        except Unavailable as error:
            self._say(str(error))
        finally:
            self._looked = self.now()
            self._look = None

    def _take(self, read: Snapshot) -> None:
        if read.missing() and self.snapshot.objects:
            # A bucket that is being filled again: the pages as they were are better than half of them.
            self._say(", ".join(read.missing()))
            return
        self.snapshot = read
        self._say("")

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            _log.info(log.line("pages", outcome=trouble or f"{len(self.snapshot.objects)} objects"))
        self.trouble = trouble
