"""The state machine of outcomes, against the sequences that were recorded on AWS."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from services.worker.polling import outcome
from services.worker.polling.outcome import Answer, Batch, Condition, Discard, Kind, Rules, Work
from services.worker.polling.windows import STATE_LIMIT, Window

from .records import records

Handler = Callable[[list[int]], Answer]

FAILED = Answer(Kind.FUNCTION_ERROR, b'{"errorType":"ValueError"}')
RETURNED = Answer(Kind.RETURNED, b"null")


def raises_on(*bad: int) -> Handler:
    """A function that throws when one of these records is in its batch."""
    return lambda batch: FAILED if set(bad) & set(batch) else RETURNED


def reports(*bad: int) -> Handler:
    """A function that stops at the first of these records and reports it."""

    def handle(batch: list[int]) -> Answer:
        failures = [{"itemIdentifier": str(number)} for number in batch if number in bad][:1]
        return Answer(Kind.RETURNED, json.dumps({"batchItemFailures": failures}).encode())

    return handle


class Run:
    """What happens to records that are put through the machine; every wait and every invocation takes time."""

    def __init__(self, numbers: range, size: int, rules: Rules, handler: Handler, *, age: float = 0.0) -> None:
        self.invocations: list[list[int]] = []
        self.discards: list[Discard] = []
        self.done: list[int] = []
        self.now = age
        for start in range(0, len(numbers), size):
            self._batch((Batch(records(*numbers[start : start + size])),), rules, handler)

    def _batch(self, work: Work, rules: Rules, handler: Handler) -> None:
        while work:
            step = outcome.before(work, rules, self.now)
            if not step.discard:
                self.invocations.append([int(record.sequence) for record in work[0].records])
                self.now += 0.01
                step = outcome.after(work, handler(self.invocations[-1]), rules)
            self.discards += [step.discard] if step.discard else []
            self.done += [int(step.done)] if step.done else []
            self.now += step.wait
            work = step.work


def test_a_failing_batch_is_retried_whole_and_then_given_up() -> None:
    """4 records, one bad, retries 2, exception, no bisect: three identical invocations, then one report (recorded)."""
    run = Run(range(1, 5), 4, Rules(retries=2), raises_on(2))

    assert run.invocations == [[1, 2, 3, 4]] * 3
    assert [(len(discard.batch.records), discard.invocations) for discard in run.discards] == [(4, 3)]
    assert run.discards[0].condition is Condition.RETRIES
    assert run.done == [4]


def test_bisecting_splits_at_the_first_failure_and_costs_no_retries() -> None:
    """The same with bisect and retries 1: [1-4] [1,2] [1] [2] [2] [3,4], one record given up after 2 (recorded)."""
    run = Run(range(1, 5), 4, Rules(retries=1, bisect=True), raises_on(2))

    assert run.invocations == [[1, 2, 3, 4], [1, 2], [1], [2], [2], [3, 4]]
    assert [(len(discard.batch.records), discard.invocations) for discard in run.discards] == [(1, 2)]
    assert run.done == [1, 2, 4]


def test_a_report_checkpoints_what_stands_before_the_failure() -> None:
    """Reports without bisect, retries 1: [1-4] [2-4] [2-4]; records 3 and 4 are given up with 2 (recorded)."""
    run = Run(range(1, 5), 4, Rules(retries=1, report=True), reports(2))

    assert run.invocations == [[1, 2, 3, 4], [2, 3, 4], [2, 3, 4]]
    assert [(len(discard.batch.records), discard.invocations) for discard in run.discards] == [(3, 2)]
    assert run.done == [1, 4]


def test_reports_and_bisecting_together() -> None:
    """[1-4] [2-4] [2] [2] [3,4], one record given up after 2 attempts (recorded)."""
    run = Run(range(1, 5), 4, Rules(retries=1, report=True, bisect=True), reports(2))

    assert run.invocations == [[1, 2, 3, 4], [2, 3, 4], [2], [2], [3, 4]]
    assert [(len(discard.batch.records), discard.invocations) for discard in run.discards] == [(1, 2)]


def test_progress_renews_the_budget_of_retries() -> None:
    """6 records in batches of 3, retries 3, the last bad, reports: [0-2] [3-5] [5] four times (recorded)."""
    run = Run(range(6), 3, Rules(retries=3, report=True), reports(5))

    assert run.invocations == [[0, 1, 2], [3, 4, 5], [5], [5], [5], [5]]
    assert [(len(discard.batch.records), discard.invocations) for discard in run.discards] == [(1, 4)]


def test_progress_renews_the_budget_of_a_batch_that_had_failed_before() -> None:
    """Two failures, then a report of progress: what is left has all of its retries."""
    work = (Batch(records(1, 2, 3), failures=2),)

    step = outcome.after(work, reports(2)([1, 2, 3]), Rules(retries=2, report=True))

    assert step.done == "1"
    assert step.work == (Batch(records(2, 3)),)


def test_the_wild_rydes_poison_record() -> None:
    """Nine messages, the fifth bad, retries 2, bisect: nine invocations, one message given up (recorded)."""
    run = Run(range(1, 10), 9, Rules(retries=2, bisect=True), raises_on(5))

    assert run.invocations == [
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [5, 6],
        [5],
        [5],
        [5],
        [6],
        [7, 8, 9],
    ]
    assert [len(discard.batch.records) for discard in run.discards] == [1]


def test_the_wild_rydes_checkpoint_module() -> None:
    """The same with a handler that reports: [1-9] [5-9] [5,6] [5] three times [6] [7-9]."""
    run = Run(range(1, 10), 9, Rules(retries=2, bisect=True, report=True), reports(5))

    assert run.invocations == [[*range(1, 10)], [5, 6, 7, 8, 9], [5, 6], [5], [5], [5], [6], [7, 8, 9]]


def test_a_batch_that_grows_too_old_while_it_is_retried_is_given_up_for_its_age() -> None:
    """Age 60 s, unlimited retries: several attempts, then RecordAgeExceeded with their count (recorded: 8)."""
    run = Run(range(1), 1, Rules(max_age=60), raises_on(0))

    assert len(run.invocations) == 8
    assert [(discard.condition, discard.invocations) for discard in run.discards] == [(Condition.AGE, 8)]


def test_records_that_are_too_old_already_are_never_invoked_and_count_as_one() -> None:
    """An expired record is reported with count 1 although nothing ran (recorded)."""
    run = Run(range(2), 2, Rules(max_age=60, retries=0), raises_on(), age=61)

    assert run.invocations == []
    assert [(discard.condition, discard.invocations) for discard in run.discards] == [(Condition.AGE, 1)]
    assert run.done == [1]


def test_only_the_head_of_a_batch_expires() -> None:
    """One expired record before five fresh ones is given up alone; the five are delivered (recorded)."""
    work = (Batch((*records(1), *records(2, 3, 4, 5, 6, arrival=100))),)

    step = outcome.before(work, Rules(max_age=60), now=120)

    assert step.discard is not None
    assert step.discard.batch.records == records(1)
    assert step.done == "1"
    assert step.work == (Batch(records(2, 3, 4, 5, 6, arrival=100)),)


def test_a_throttled_batch_waits_and_costs_no_attempt() -> None:
    """Retries 0 do not end a batch that never ran."""
    work = (Batch(records(1)),)

    step = outcome.after(work, Answer(Kind.NOT_INVOKED), Rules(retries=0))

    assert step.discard is None
    assert step.done is None
    assert step.wait > 0
    assert step.work[0].failures == 0


def test_an_event_that_is_too_large_uses_up_its_attempts() -> None:
    """An oversized record fails every time without running: retries 2 give it up with count 3 (recorded)."""
    run = Run(range(1), 1, Rules(retries=2), lambda _: Answer(Kind.OVERSIZED))

    assert [discard.invocations for discard in run.discards] == [3]


def test_several_records_that_a_grown_state_left_no_room_for_are_split() -> None:
    """They fitted when they were taken, and each of them still does: no attempt is used, and nothing is given up."""
    run = Run(range(4), 4, Rules(retries=0), lambda batch: Answer(Kind.OVERSIZED) if len(batch) > 2 else RETURNED)

    assert run.invocations == [[0, 1, 2, 3], [0, 1], [2, 3]]
    assert run.discards == []
    assert run.done == [1, 3]


def test_an_unchanged_batch_keeps_its_request_id_and_a_part_gets_a_new_one() -> None:
    """Retries of the same records share a request id (recorded)."""
    work = (Batch(records(1, 2)),)

    retried = outcome.after(work, FAILED, Rules()).work[0]
    halves = outcome.after(work, FAILED, Rules(bisect=True)).work

    assert retried.request_id == work[0].request_id
    assert len({work[0].request_id, halves[0].request_id, halves[1].request_id}) == 3


@pytest.mark.parametrize("failures", [0, 1, 4])
def test_pauses_double_up_to_their_limit(failures: int) -> None:
    """The pause after the nth failure is backoff times 2^n, and never beyond the limit."""
    work = (Batch(records(1), failures=failures),)

    step = outcome.after(work, FAILED, Rules(backoff=0.5, backoff_limit=4))

    assert step.wait == min(4, 0.5 * 2**failures)


OPEN = Window(60, 120, '{"count":1}', delivered=True)


def test_a_state_that_is_returned_goes_with_the_position() -> None:
    """Whatever was returned as state, whole or with a partial report; numbers keep all their digits."""
    work = (Batch(records(1, 2), window=OPEN),)
    answer = Answer(Kind.RETURNED, b'{"state": {"n": 123456789012345678901234567890}}')
    partial = Answer(Kind.RETURNED, b'{"state": {"count": 2}, "batchItemFailures": [{"itemIdentifier": "2"}]}')

    assert outcome.after(work, answer, Rules()).window == replace(OPEN, state='{"n":123456789012345678901234567890}')
    assert outcome.after(work, partial, Rules(report=True)).window == replace(OPEN, state='{"count":2}')


@pytest.mark.parametrize("payload", [b"null", b"{}", b'"state"', b"", b'{"batchItemFailures": []}'])
def test_an_answer_without_a_state_has_failed(payload: bytes) -> None:
    """In a window; no function error, but an attempt."""
    step = outcome.after((Batch(records(1), window=OPEN),), Answer(Kind.RETURNED, payload), Rules(retries=0))

    assert step.discard is not None
    assert step.discard.answer == Answer(Kind.RETURNED, payload)
    assert step.window == OPEN


def test_what_is_given_up_leaves_the_state_as_it_was() -> None:
    """Also where the report came with a state."""
    answer = Answer(Kind.RETURNED, b'{"state": {"count": 9}, "batchItemFailures": [{"itemIdentifier": "1"}]}')

    step = outcome.after((Batch(records(1), window=OPEN),), answer, Rules(retries=0, report=True))

    assert (step.done, step.window) == ("1", OPEN)


def test_a_state_beyond_its_limit_ends_the_window_early() -> None:
    """1 MiB of JSON is allowed, one byte more is not (captured with 1,048,640 characters)."""
    for size, early in ((STATE_LIMIT - 2, False), (STATE_LIMIT - 1, True)):
        answer = Answer(Kind.RETURNED, json.dumps({"state": "s" * size}).encode())
        step = outcome.after((Batch(records(1), window=OPEN),), answer, Rules())

        assert step.window is not None
        assert step.window.early is early
        assert step.done == "1"


def test_a_final_invocation_may_return_anything_and_is_over() -> None:
    """Published handlers return nothing from it; the state goes nowhere."""
    final = replace(OPEN, final=True)

    step = outcome.after((Batch((), window=final),), RETURNED, Rules())

    assert step.work == ()
    assert step.window == Window(60, 120, delivered=True, over=True)


def test_a_final_invocation_that_fails_is_retried_and_given_up_like_a_batch() -> None:
    """Same budget, no bisecting, and a report without records (captured)."""
    work: Work = (Batch((), window=replace(OPEN, final=True)),)
    rules = Rules(retries=1, bisect=True)

    first = outcome.after(work, FAILED, rules)
    second = outcome.after(first.work, FAILED, rules)

    assert first.work[0].request_id == work[0].request_id
    assert second.discard is not None
    assert (second.discard.invocations, second.discard.batch.records) == (2, ())
    assert second.window is not None
    assert second.window.over


def test_a_final_invocation_is_tried_before_it_is_too_old() -> None:
    """However late it comes: its records were in time. Once it has failed the mapping's age limit counts."""
    work: Work = (Batch((), window=replace(OPEN, final=True)),)
    rules = Rules(max_age=60)

    assert outcome.before(work, rules, now=1000).discard is None

    failed = outcome.after(work, FAILED, rules).work
    step = outcome.before(failed, rules, now=1000)

    assert step.discard is not None
    assert step.discard.condition is Condition.AGE
    assert step.window is not None
    assert step.window.over
