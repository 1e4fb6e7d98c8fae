"""The stage's response cache: answers of methods whose settings enable it, for their time to live.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.messages import Response

MAX_ENTRIES = 10_000
MAX_RESPONSE = 1_048_576  # bytes of a body; a larger one is not kept, as on AWS
MAX_BYTES = 64 * MAX_RESPONSE
"""Bodies together: what a laptop can spare, an eighth of AWS's smallest cache."""
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
        self._bytes = 0

    def get(self, key: Key) -> Response | None:
        """The answer kept under the key, while it is fresh."""
        entry = self._entries.get(key)
        if entry is None or self.clock() >= entry[0]:
            return None
        return entry[1]

    def put(self, key: Key, response: Response, ttl: float) -> None:
        """Keep an answer for ttl seconds. A full cache drops what is stale, and everything when nothing is."""
        now, size = self.clock(), len(response.body)
        self._drop(key)
        if size > MAX_RESPONSE:
            return
        if self._is_full(size):
            for stale in [key for key, entry in self._entries.items() if now >= entry[0]]:
                self._drop(stale)
            if self._is_full(size):
                self._entries.clear()
                self._bytes = 0
        self._entries[key] = (now + ttl, response)
        self._bytes += size

    def _is_full(self, size: int) -> bool:
        return len(self._entries) >= MAX_ENTRIES or self._bytes + size > MAX_BYTES

    def _drop(self, key: Key) -> None:
        if key in self._entries:
            self._bytes -= len(self._entries.pop(key)[1].body)
