"""What a function's answer says about its batch, as recorded on AWS."""

import json

import pytest

from services.worker.polling.report import failed_messages, first_failure, state

BATCH = ["101", "102", "103"]


@pytest.mark.parametrize(
    "answer",
    ["null", '""', "[]", "{}", '{"batchItemFailures": []}', '{"batchItemFailures": null}', '"Delivered 3 records"', ""],
)
def test_an_answer_without_failures_is_success(answer: str) -> None:
    """All of these complete a batch on AWS; so does any text."""
    assert first_failure(answer.encode(), BATCH) is None


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": 123}],
        [{"itemIdentifier": "999"}],
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"foo": 123}],
        [{"foo": None}],
        ["103"],
        [{"itemIdentifier": "103"}, {"itemIdentifier": "999"}],
        {"itemIdentifier": "103"},
        "103",
        {},
        0,
    ],
)
def test_a_report_that_makes_no_sense_fails_the_whole_batch(failures: object) -> None:
    """An identifier that is unknown, empty or missing, or a list that is none: everything is retried."""
    assert first_failure(json.dumps({"batchItemFailures": failures}).encode(), BATCH) == 0


def test_the_lowest_identifier_counts() -> None:
    """Everything after the lowest reported record is retried, reported or not."""
    failures = [{"itemIdentifier": "103"}, {"itemIdentifier": "102"}]

    assert first_failure(json.dumps({"batchItemFailures": failures}).encode(), BATCH) == 1


@pytest.mark.parametrize("beside", ["NaN", "-Infinity", '"\\ud83d"', "1" * 40])
def test_a_report_counts_whatever_stands_beside_it(beside: str) -> None:
    """Python's functions answer what strict JSON does not know: a mean of nothing is NaN. The report is still one."""
    answer = f'{{"batchItemFailures": [{{"itemIdentifier": "102"}}], "beside": {beside}}}'.encode()

    assert first_failure(answer, BATCH) == 1
    assert failed_messages(answer, frozenset(BATCH)) == {"102"}


def test_an_answer_that_is_nested_without_end_carries_nothing() -> None:
    """It must not end the shard's consumer, which would be given the same batch again and again."""
    endless = b'{"state": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"

    assert state(endless) is None
    assert first_failure(endless, BATCH) is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"state": {"a": [1, 2.5]}}', '{"a":[1,2.5]}'),
        (b'{"state": null}', "null"),
        ('{"state": "é"}'.encode(), '"é"'),
        (b'{"state": "\\ud800"}', '"\\ud800"'),
        (b'{"state": 123456789012345678901234567890}', "123456789012345678901234567890"),
        (b"{}", None),
        (b"[]", None),
        (b'"state"', None),
        (b"", None),
    ],
)
def test_a_state_is_carried_as_it_was_returned(payload: bytes, expected: str | None) -> None:
    """Any JSON under the name state; an answer without that name has none."""
    assert state(payload) == expected
