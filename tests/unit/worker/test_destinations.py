"""What an on-failure destination is told."""

import json
from dataclasses import replace
from pathlib import Path

from services.worker.polling.destinations import failure_report
from services.worker.polling.outcome import Answer, Batch, Condition, Discard, Kind

from .records import mapping, records

REPORT = Path(__file__).parents[2] / "events" / "kinesis_on_failure.json"
NOW = 1573691886.021
BATCH = Batch(
    (*records(1, arrival=1573691884.835), *records(2, arrival=1573691885.58)),
    failures=3,
    request_id="c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
)
FAILED = Discard(BATCH, Condition.RETRIES, 3, Answer(Kind.FUNCTION_ERROR))


def test_a_report_is_the_documented_one() -> None:
    """Key for key and in its order."""
    report = failure_report(mapping(), "shardId-000000000006", FAILED, NOW)

    assert json.dumps(report) == json.dumps(json.loads(REPORT.read_text()))


def test_a_malformed_answer_is_no_function_error() -> None:
    """The function returned; the key is there, and null (recorded)."""
    report = failure_report(mapping(), "s", replace(FAILED, answer=Answer(Kind.RETURNED)), NOW)

    assert report["responseContext"]["functionError"] is None


def test_a_batch_that_was_too_old_or_too_large_has_no_response() -> None:
    """responseContext is left out altogether (recorded)."""
    old = replace(FAILED, condition=Condition.AGE)
    large = replace(FAILED, answer=Answer(Kind.OVERSIZED))

    assert "responseContext" not in failure_report(mapping(), "s", old, NOW)
    assert "responseContext" not in failure_report(mapping(), "s", large, NOW)
