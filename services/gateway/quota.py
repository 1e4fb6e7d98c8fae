"""Quotas of usage plans: so many requests a key has per day, week or month (UTC; weeks begin on Sunday). Pure.

Requests are spent from slices of the quota that the store shared by all gateways handed out: never more than the quota
is spent, whatever the number of gateways; see shares.py.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.errors import ConfigError

PERIODS = ("DAY", "WEEK", "MONTH")
ASK_AGAIN = 5.0
"""Seconds after which a used-up quota is looked at again: a gateway that stops gives back what it has not spent."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Quota:
    """limit: requests in one period; offset: how many fewer in the plan's first one."""

    limit: int
    period: str
    offset: int = 0

    def __post_init__(self) -> None:
        if self.period not in PERIODS:
            raise ConfigError(f"Quota.Period {self.period!r} is none of {', '.join(PERIODS)}")

    def slice(self) -> int:
        """How many requests to ask the store for at once."""
        return max(1, min(100, self.limit // 100))


Name = tuple[str, str]
"""Plan and key."""


@dataclass(slots=True)
class _Account:
    period: str
    left: int = 0
    used_up_until: float = 0.0


class Quotas:
    """What this gateway may spend of the quotas."""

    def __init__(self) -> None:
        self._accounts: dict[Name, _Account] = {}

    def take(self, name: Name, quota: Quota, now: float) -> bool | None:
        """Whether a request may pass; None: the store must be asked for a slice."""
        account = self._account(name, period(quota.period, now))
        if account.left > 0:
            account.left -= 1
            return True
        return False if 0 < account.used_up_until - now <= ASK_AGAIN else None

    def give_back(self, name: Name) -> None:
        """The request was refused after all."""
        if name in self._accounts:
            self._accounts[name].left += 1

    def grant(self, name: Name, when: str, requests: int, now: float) -> None:
        """What the store handed out for a period; 0: it is used up."""
        account = self._account(name, when)
        account.left += requests
        account.used_up_until = 0.0 if requests else now + ASK_AGAIN

    def unspent(self) -> Iterator[tuple[Name, str, int]]:
        """Name, period and number of what this gateway has not spent; it is no longer its own."""
        for name, account in self._accounts.items():
            if account.left > 0:
                yield name, account.period, account.left
                account.left = 0

    def _account(self, name: Name, when: str) -> _Account:
        account = self._accounts.get(name)
        if account is None or account.period != when:
            account = self._accounts[name] = _Account(when)
        return account


def period(kind: str, now: float) -> str:
    """The period that a time (epoch seconds) is in, e.g. "DAY 2026-11-20"."""
    if kind == "MONTH":
        return time.strftime("MONTH %Y-%m", time.gmtime(now))
    day = int(now // _DAY)
    if kind == "WEEK":
        day -= (day + 4) % 7  # the epoch was a Thursday
    return time.strftime(f"{kind} %Y-%m-%d", time.gmtime(day * _DAY))
