"""What an on-failure destination is told."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.worker.polling.destinations import Destinations, failure_report, object_key
from services.worker.polling.outcome import Answer, Batch, Condition, Discard, Kind
from services.worker.polling.windows import Window

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


def test_the_version_that_ran_is_named() -> None:
    """An alias leads to a number."""
    failed = replace(FAILED, answer=Answer(Kind.FUNCTION_ERROR, version="7"))

    assert failure_report(mapping(), "s", failed, NOW)["responseContext"]["executedVersion"] == "7"


def test_a_table_is_reported_under_its_own_name_and_to_the_second() -> None:
    """DDBStreamBatchInfo, with whole seconds (recorded)."""
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-01-01T00:00:00.000"
    report = failure_report(replace(mapping(), source_arn=arn), "shardId-1", FAILED, NOW)

    assert "KinesisBatchInfo" not in report
    assert report["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] == "2019-11-14T00:38:04Z"
    assert report["DDBStreamBatchInfo"]["streamArn"] == arn


def test_a_window_is_told_last_and_a_final_invocation_has_no_records() -> None:
    """timeWindowInfo; of a final invocation only the shard and the stream (captured)."""
    window = Window(1573691880, 1573691940, delivered=True, final=True)
    final = replace(FAILED, batch=Batch((), window=window))
    report = failure_report(mapping(), "shardId-1", final, NOW)

    assert [*report][-2:] == ["KinesisBatchInfo", "timeWindowInfo"]
    assert [*report["KinesisBatchInfo"]] == ["shardId", "streamArn"]
    assert report["timeWindowInfo"] == {
        "window": {"start": "2019-11-14T00:38:00Z", "end": "2019-11-14T00:39:00Z"},
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": False,
    }


def test_an_object_is_named_after_mapping_shard_and_moment() -> None:
    """Folders by day, colons as dots, and something that makes it unique."""
    key = object_key("m-1", "shardId-1", "2019-11-14T00:38:06.021Z")

    assert re.fullmatch(r"aws/lambda/m-1/shardId-1/2019/11/14/2019-11-14T00\.38\.06-[0-9a-f-]{36}", key)


async def test_a_bucket_gets_the_event_before_the_timestamp() -> None:
    """As a JSON string, in an object without a type."""
    put: dict[str, Any] = {}

    class Bucket:
        def put_object(self, **arguments: Any) -> None:
            put.update(arguments)

    to = mapping(DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}})
    report = failure_report(to, "shardId-1", FAILED, NOW)
    await Destinations(lambda _: Bucket()).send(to, "shardId-1", report, lambda: b'{"Records":[]}')
    body = json.loads(put["Body"])

    assert (put["Bucket"], put["ContentType"]) == ("failures", "application/octet-stream")
    assert [*body][2:5] == ["version", "payload", "timestamp"]
    assert body["payload"] == '{"Records":[]}'
