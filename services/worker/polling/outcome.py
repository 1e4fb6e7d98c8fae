"""The outcome: what an answer means for a batch, as a pure state machine.

A read's records are work in progress: a tuple of batches, done one after the other. before() looks at the work when it
is about to be delivered, after() when there is an answer; both say in a Step what to do and what work is left. Nothing
here waits, reads a clock or speaks to anybody.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html; where AWS is silent, the recorded
sequences of tests/unit/worker/test_outcome.py decide.
"""

import uuid
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from services.worker.polling import report
from services.worker.polling.record import Record


class Kind(Enum):
    """How an invocation ended."""

    RETURNED = auto()
    FUNCTION_ERROR = auto()
    NOT_INVOKED = auto()  # throttled, or the function is missing: costs no attempt
    OVERSIZED = auto()  # the event does not fit into an invocation


@dataclass(frozen=True)
class Answer:
    kind: Kind
    payload: bytes = b""


@dataclass(frozen=True)
class Rules:
    """A mapping's settings, as far as they decide an outcome. Limits of None are none; ages and pauses in seconds."""

    retries: int | None = None
    max_age: float | None = None
    bisect: bool = False
    report: bool = False
    backoff: float = 0.5
    backoff_limit: float = 20.0


@dataclass(frozen=True)
class Batch:
    """Records that are delivered together. failures: attempts that failed; refusals: those that never ran.

    request_id stays the same for as long as the batch does.
    """

    records: tuple[Record, ...]
    failures: int = 0
    refusals: int = 0
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()), compare=False)

    def part(self, start: int, end: int | None = None) -> "Batch":
        """Some of the records, as a new batch with its own budget of retries."""
        return Batch(self.records[start:end])


class Condition(Enum):
    """Why a batch was given up, as the on-failure destination hears it."""

    RETRIES = "RetryAttemptsExhausted"
    AGE = "RecordAgeExceeded"


@dataclass(frozen=True)
class Discard:
    """A batch that is given up. invocations: how often it was tried, at least 1; answer: the last one, if it counts."""

    batch: Batch
    condition: Condition
    invocations: int
    answer: Answer | None = None


Work = tuple[Batch, ...]


@dataclass(frozen=True)
class Step:
    """What to do next, in this order: report the discard, store the position as done, wait, go on with the work."""

    work: Work
    discard: Discard | None = None
    done: str | None = None
    wait: float = 0.0


def before(work: Work, rules: Rules, now: float) -> Step:
    """The step to take before the first batch is delivered: records at its head that are too old are given up."""
    batch, *rest = work
    expired = _expired(batch, rules, now)
    if not expired:
        return Step(work)
    old = replace(batch, records=batch.records[:expired])
    discard = Discard(old, Condition.AGE, max(1, batch.failures))
    left = [batch.part(expired)] if expired < len(batch.records) else []
    return Step((*left, *rest), discard, old.records[-1].sequence)


def after(work: Work, answer: Answer, rules: Rules) -> Step:
    """The step to take after the first batch was answered."""
    batch, *rest = work
    if answer.kind is Kind.NOT_INVOKED:
        return _wait(replace(batch, refusals=batch.refusals + 1), rest, batch.refusals, rules)
    failed = _first_failure(batch, answer, rules)
    if failed is None:
        return Step(tuple(rest), done=batch.records[-1].sequence)
    if failed > 0:
        return Step((batch.part(failed), *rest), done=batch.records[failed - 1].sequence)
    if rules.bisect and len(batch.records) > 1:
        middle = len(batch.records) // 2
        return Step((batch.part(0, middle), batch.part(middle), *rest))
    return _retry(replace(batch, failures=batch.failures + 1), rest, answer, rules)


def _expired(batch: Batch, rules: Rules, now: float) -> int:
    """How many records at the head of the batch are too old."""
    if rules.max_age is None:
        return 0
    for number, record in enumerate(batch.records):
        if now - record.arrival <= rules.max_age:
            return number
    return len(batch.records)


def _first_failure(batch: Batch, answer: Answer, rules: Rules) -> int | None:
    if answer.kind is not Kind.RETURNED:
        return 0
    if not rules.report:
        return None
    return report.first_failure(answer.payload, [record.sequence for record in batch.records])


def _retry(batch: Batch, rest: list[Batch], answer: Answer, rules: Rules) -> Step:
    if rules.retries is None or batch.failures <= rules.retries:
        return _wait(batch, rest, batch.failures - 1, rules)
    discard = Discard(batch, Condition.RETRIES, batch.failures, answer)
    return Step(tuple(rest), discard, batch.records[-1].sequence)


def _wait(batch: Batch, rest: list[Batch], doublings: int, rules: Rules) -> Step:
    pause = min(rules.backoff_limit, rules.backoff * 2 ** min(doublings, 30))
    return Step((batch, *rest), wait=pause)
