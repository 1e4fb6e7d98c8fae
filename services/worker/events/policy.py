"""What becomes of an event after an attempt, as pure rules.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.worker.events.configuration import MAX_AGE, RETRIES
from services.worker.events.report import Condition
from services.worker.events.store import Event

_LONGEST = 300.0  # seconds between two attempts that were refused


@dataclass(frozen=True)
class Policy:
    """retries: after the first attempt; max_age: seconds; pause: seconds before the first retry, twice that later."""

    retries: int
    max_age: float
    pause: float


@dataclass(frozen=True)
class Next:
    """The event is over under this condition, or, without one, due again (epoch seconds)."""

    condition: Condition | None
    due: float = 0.0
    failures: int = 0
    refusals: int = 0


def policy(config: Mapping[str, Any] | None, pause: float) -> Policy:
    """What a FunctionEventInvokeConfig, if there is one, asks for."""
    config = config or {}
    retries, age = config.get("MaximumRetryAttempts"), config.get("MaximumEventAgeInSeconds")
    return Policy(RETRIES if retries is None else int(retries), MAX_AGE if age is None else float(age), pause)


def is_too_old(event: Event, rules: Policy, now: float) -> bool:
    """Before an attempt."""
    return now - event.accepted > rules.max_age


def after_attempt(event: Event, rules: Policy, now: float, *, failed: bool) -> Next:
    """The function ran."""
    failures = event.failures + 1
    if not failed:
        return Next(Condition.SUCCESS, failures=failures)
    if failures > rules.retries:
        return Next(Condition.RETRIES, failures=failures)
    return _again(event, rules, now + rules.pause * failures, failures, 0)


def after_refusal(event: Event, rules: Policy, now: float, *, for_ever: bool) -> Next:
    """The function did not run. for_ever: its reserved concurrency is 0."""
    if for_ever:
        return Next(Condition.NO_CONCURRENCY, failures=event.failures)
    pause = min(_LONGEST, 2.0 ** min(event.refusals, 10))
    return _again(event, rules, now + pause, event.failures, event.refusals + 1)


def _again(event: Event, rules: Policy, due: float, failures: int, refusals: int) -> Next:
    if due - event.accepted > rules.max_age:
        return Next(Condition.AGE, failures=failures)
    return Next(None, due, failures, refusals)
