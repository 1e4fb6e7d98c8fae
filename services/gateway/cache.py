"""The stage's response cache: answers of methods whose settings enable it, for their time to live.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.messages import Response

MAX_ENTRIES = 10_000
Key = tuple[str, ...]


@dataclass(frozen=True)
class CacheSettings:
    """How one method is cached. ttl: seconds; parameters: mapping sources whose values tell entries apart."""

    ttl: float
    parameters: tuple[str, ...] = ()


class ResponseCache:
    """Responses by method and parameters. clock: seconds, any origin."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._entries: dict[Key, tuple[float, Response]] = {}

    def get(self, key: Key) -> Response | None:
        """The answer kept under the key, while it is fresh."""
        entry = self._entries.get(key)
        if entry is None or self.clock() >= entry[0]:
            return None
        return entry[1]

    def put(self, key: Key, response: Response, ttl: float) -> None:
        """Keep an answer for ttl seconds. A full cache drops what is stale, and everything when nothing is."""
        now = self.clock()
        if len(self._entries) >= MAX_ENTRIES:
            self._entries = {key: entry for key, entry in self._entries.items() if now < entry[0]}
            if len(self._entries) >= MAX_ENTRIES:
                self._entries.clear()
        self._entries[key] = (now + ttl, response)
