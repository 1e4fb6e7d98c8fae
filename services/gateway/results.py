"""What Lambda authorizers said, kept for their time to live: the policy itself, to be judged anew for every method.

A policy that allows one method alone therefore refuses the caller on another until it expires, as on AWS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.gateway.policy import Policy

MAX_RESULTS = 20_000
Key = tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """principal: principalId; context: as strings; usage_key: usageIdentifierKey, the caller's API key."""

    principal: str
    policy: Policy
    context: Mapping[str, Any]
    usage_key: str | None = None


class Results:
    """Results by API, stage, authorizer and the values of its identity sources. clock: seconds, any origin."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._kept: dict[Key, tuple[float, Result]] = {}

    def recall(self, key: Key) -> Result | None:
        """What the function said to these values, while it may be used."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.clock() >= kept[0]:
            self._kept.pop(key, None)
            return None
        return kept[1]

    def remember(self, key: Key, result: Result, ttl: float) -> None:
        """Keep a result for ttl seconds; when there are too many, the older half is forgotten."""
        if len(self._kept) >= MAX_RESULTS:
            for old in list(self._kept)[: MAX_RESULTS // 2]:
                del self._kept[old]
        self._kept[key] = (self.clock() + ttl, result)
