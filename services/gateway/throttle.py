"""Token buckets: how many requests a plan, a method or the account lets through. Pure.

A bucket holds up to `burst` tokens, starts full and refills by `rate` a second, continuously. With one gateway the
buckets are here and exact. With several, tokens come in slices from a store that all share: see shares.py.
A clock that was set back gives nothing, and keeps nobody waiting until it is where it was.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

Name = tuple[str, ...]
"""What a bucket is of, e.g. ("account",) or ("plan", <plan>, <key>)."""

SLICE_SECONDS = 1.0
"""How long tokens from the store may be spent."""
DRY_SECONDS = 0.1
"""How long the store is not asked again at most, when it had none left."""


@dataclass(frozen=True, slots=True)
class Limit:
    """rate: requests a second; burst: requests at once."""

    rate: float
    burst: int


Admit = Callable[[Name, Limit], Awaitable[bool]]
"""Whether one more may pass now, with one gateway or several."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class _Slice:
    tokens: int
    until: float


class Throttle:
    """All buckets of this gateway. replicas: how many gateways run at the moment, this one included."""

    def __init__(self) -> None:
        self.replicas = 1
        self._buckets: dict[Name, _Bucket] = {}
        self._slices: dict[Name, _Slice] = {}
        self._dry: dict[Name, float] = {}

    def take(self, name: Name, limit: Limit, now: float) -> bool | None:
        """Whether a request may pass; None: only the store knows, ask it (with several gateways)."""
        if limit.burst < 1:
            return False
        if self.replicas > 1:
            if self.spend(name, now):
                return True
            return False if 0 < self._dry.get(name, 0.0) - now <= DRY_SECONDS else None
        return self.take_here(name, limit, now)

    def take_here(self, name: Name, limit: Limit, now: float) -> bool:
        """The same from this gateway's own bucket, whatever others do."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(limit.burst, now)
        elif now > bucket.at:
            bucket.tokens = min(limit.burst, bucket.tokens + (now - bucket.at) * limit.rate)
            bucket.at = now
        elif bucket.at - now > SLICE_SECONDS:  # set back; less may be a request that was read before another
            bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def spend(self, name: Name, now: float) -> bool:
        """Whether a token of a slice was left."""
        part = self._slices.get(name)
        if part is None or part.tokens < 1 or not 0 < part.until - now <= SLICE_SECONDS:
            return False
        part.tokens -= 1
        return True

    def grant(self, name: Name, tokens: int, now: float) -> None:
        """A slice came from the store; what was left of the last one is dropped."""
        self._slices[name] = _Slice(tokens, now + SLICE_SECONDS)

    def refuse(self, name: Name, limit: Limit, now: float) -> None:
        """The store had none left: it is not asked again before it can have one, for a tenth of a second at most."""
        self._dry[name] = now + (min(DRY_SECONDS, 1 / limit.rate) if limit.rate > 0 else DRY_SECONDS)

    def slice_of(self, limit: Limit) -> int:
        """How many tokens to ask the store for at once: few enough that other gateways are not starved."""
        return max(1, min(limit.burst // (4 * self.replicas), int(limit.rate / 10)))


def limit_of(settings: Mapping[str, Any], rate: str, burst: str) -> Limit | None:
    """A declared limit; -1 or nothing: none. A rate alone bursts to as much, a burst alone has AWS's default rate."""
    values = {name: float(settings.get(name, -1)) for name in (rate, burst)}
    if values[rate] < 0 and values[burst] < 0:
        return None
    declared_rate = values[rate] if values[rate] >= 0 else 10_000.0
    return Limit(declared_rate, int(values[burst] if values[burst] >= 0 else max(1, declared_rate)))
