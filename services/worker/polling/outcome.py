"""The outcome: what an answer means for a batch, as a pure state machine.

A read's records are work in progress: a tuple of batches, done one after the other. before() looks at the work when it
is about to be delivered, after() when there is an answer; both say in a Step what to do and what work is left. Nothing
here waits, reads a clock or speaks to anybody.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html; where AWS is silent, the recorded
sequences of tests/unit/worker/test_outcome.py decide.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from services.worker.polling import report
from services.worker.polling.record import Record
from services.worker.polling.windows import EMPTY, STATE_LIMIT, Window


class Kind(Enum):
    """How an invocation ended."""

    RETURNED = auto()
    FUNCTION_ERROR = auto()
    NOT_INVOKED = auto()  # throttled, or the function is missing: costs no attempt
    OVERSIZED = auto()  # the event does not fit into an invocation


@dataclass(frozen=True)
class Answer:
    """version: the one that was executed."""

    kind: Kind
    payload: bytes = b""
    version: str = "$LATEST"


@dataclass(frozen=True)
class Rules:
    """A mapping's settings, as far as they decide an outcome. Limits of None are none; ages and pauses in seconds."""

    retries: int | None = None
    max_age: float | None = None
    bisect: bool = False
    report: bool = False
    backoff: float = 0.5
    backoff_limit: float = 20.0


def rules(settings: Mapping[str, Any], backoff: float, backoff_limit: float) -> Rules:
    """What a mapping's settings say."""
    retries, age = settings["MaximumRetryAttempts"], settings["MaximumRecordAgeInSeconds"]
    return Rules(
        retries=None if retries < 0 else retries,
        max_age=None if age < 0 else age,
        bisect=settings["BisectBatchOnFunctionError"],
        report="ReportBatchItemFailures" in settings["FunctionResponseTypes"],
        backoff=backoff,
        backoff_limit=backoff_limit,
    )


@dataclass(frozen=True)
class Batch:
    """Records that are delivered together. failures: attempts that failed; refusals: those that never ran.

    window: the tumbling window as it is when they are delivered; the batch of a window's final invocation is empty.
    request_id stays the same for as long as the batch does.
    """

    records: tuple[Record, ...]
    failures: int = 0
    refusals: int = 0
    window: Window | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()), compare=False)

    def part(self, start: int, end: int | None = None) -> "Batch":
        """Some of the records, as a new batch with its own budget of retries."""
        return Batch(self.records[start:end], window=self.window)


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
    """What to do next, in this order: report the discard, store the position as done, wait, go on with the work.

    window: the tumbling window after this step; to be stored together with the position.
    """

    work: Work
    discard: Discard | None = None
    done: str | None = None
    wait: float = 0.0
    window: Window | None = None


def before(work: Work, rules: Rules, now: float) -> Step:
    """The step to take before the first batch is delivered: records at its head that are too old are given up."""
    batch, *rest = work
    expired = _expired(batch, rules, now)
    if not expired:
        return Step(work, window=batch.window)
    old = replace(batch, records=batch.records[:expired])
    discard = Discard(old, Condition.AGE, max(1, batch.failures))
    left = [batch.part(expired)] if expired < len(batch.records) else []
    return _step((*left, *rest), batch, discard)


def after(work: Work, answer: Answer, rules: Rules) -> Step:
    """The step to take after the first batch was answered."""
    batch, *rest = work
    if answer.kind is Kind.NOT_INVOKED:
        return _wait(replace(batch, refusals=batch.refusals + 1), rest, batch.refusals, rules)
    if answer.kind is not Kind.OVERSIZED and batch.window:
        batch = replace(batch, window=replace(batch.window, delivered=True))
    failed = _first_failure(batch, answer, rules)
    if failed is None:
        return _step(tuple(rest), batch, answer=answer)
    if failed > 0:
        return _step((batch.part(failed), *rest), batch, answer=answer, done=batch.records[failed - 1].sequence)
    # Several records were cut to fit: the window's state has grown since, and halves may fit again.
    if (rules.bisect or answer.kind is Kind.OVERSIZED) and len(batch.records) > 1:
        middle = len(batch.records) // 2
        return Step((batch.part(0, middle), batch.part(middle), *rest), window=batch.window)
    return _retry(replace(batch, failures=batch.failures + 1), rest, answer, rules)


def _expired(batch: Batch, rules: Rules, now: float) -> int:
    """How many records at the head of the batch are too old; of a final invocation, which has none, 1 for itself.

    A final invocation is tried at least once, however old its window is: all the window's records went before it.
    """
    if rules.max_age is None:
        return 0
    if not batch.records:
        tried = batch.failures + batch.refusals > 0
        return int(tried and batch.window is not None and now - batch.window.end > rules.max_age)
    for number, record in enumerate(batch.records):
        if now - record.arrival <= rules.max_age:
            return number
    return len(batch.records)


def _first_failure(batch: Batch, answer: Answer, rules: Rules) -> int | None:
    if answer.kind is not Kind.RETURNED:
        return 0
    if not batch.records:  # the state that a final invocation returns goes nowhere, so that it may return anything
        return None
    if batch.window and report.state(answer.payload) is None:
        return 0
    if not rules.report:
        return None
    return report.first_failure(answer.payload, [record.sequence for record in batch.records])


def _retry(batch: Batch, rest: list[Batch], answer: Answer, rules: Rules) -> Step:
    if rules.retries is None or batch.failures <= rules.retries:
        return _wait(batch, rest, batch.failures - 1, rules)
    return _step(tuple(rest), batch, Discard(batch, Condition.RETRIES, batch.failures, answer))


def _wait(batch: Batch, rest: list[Batch], doublings: int, rules: Rules) -> Step:
    pause = min(rules.backoff_limit, rules.backoff * 2 ** min(doublings, 30))
    return Step((batch, *rest), wait=pause, window=batch.window)


def _step(
    work: Work, batch: Batch, discard: Discard | None = None, answer: Answer | None = None, done: str | None = None
) -> Step:
    """Past a batch, or past its part: given up (discard), or handled (answer)."""
    passed = discard.batch if discard else batch
    if passed.records and done is None:
        done = passed.records[-1].sequence
    return Step(work, discard, done, window=_window(batch, answer))


def _window(batch: Batch, answer: Answer | None) -> Window | None:
    """The window after a batch. A batch that was given up leaves the state as it was."""
    window = batch.window
    if window is None:
        return None
    if not batch.records:
        return replace(window, state=EMPTY, final=False, over=True)
    if answer is None:
        return window
    state = report.state(answer.payload) or EMPTY
    return replace(window, state=state, early=len(state.encode()) > STATE_LIMIT)
