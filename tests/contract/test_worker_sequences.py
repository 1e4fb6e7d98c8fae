"""What a function's answer does to a batch: every sequence that was recorded on AWS, through Lambda's API.

All cases run at once, each with a stream, a mapping and a queue of its own.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cloud.wait import until
from tests.machine import slack

from .outcome_stack import Case, Outcomes, outcomes
from .recorded import EXHAUSTED, EXPIRED, RECORDED, failures, one, summary

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with outcomes("ministack", tmp_path_factory.mktemp("sequences")) as made:
        yield made


@pytest.fixture(scope="module")
def started(stack: Outcomes) -> dict[str, tuple[Case, str]]:
    """Every recorded case, under way: its stream and the ARN of its queue."""
    running = {}
    for name, sequence in RECORDED.items():
        case, queue = stack.case(name, sequence.records, **sequence.does), stack.queue(name)
        running[name] = case.map(destination=queue, **sequence.settings), queue
    return running


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_sequence_is_reproduced(stack: Outcomes, started: dict[str, tuple[Case, str]], name: str) -> None:
    """Invocation for invocation, and report for report."""
    (case, queue), sequence = started[name], RECORDED[name]

    assert case.done() == sequence.batches
    reports = stack.received(queue, len(sequence.reports))
    assert [summary(report) for report in reports] == sequence.reports
    for report in reports:
        assert report["requestContext"]["requestId"] in {entry["request"] for entry in case.notes.entries()}


ON_TABLES = {
    "report-bisect": RECORDED["report-bisect"],
    "exception-bisect": RECORDED["exception-bisect"],
    "progress-renews-the-budget": RECORDED["progress-renews-the-budget"],
    "malformed": one(failures(123), 3, (EXHAUSTED, 1, 4, None)),
}


@pytest.mark.parametrize("name", ON_TABLES)
def test_a_table_has_the_same_sequences(stack: Outcomes, name: str) -> None:
    """Recorded on AWS for DynamoDB's streams as well; their reports say DDBStreamBatchInfo, to the second."""
    sequence, queue = ON_TABLES[name], stack.queue("table")
    case = stack.table("table", sequence.records, **sequence.does)
    case.map(destination=queue, **sequence.settings)
    case.invocations(len(sequence.batches))
    (report,) = stack.received(queue)
    until(lambda: len(case.notes.entries()) == len(sequence.batches), 60, what="the last batch")
    details = report["DDBStreamBatchInfo"]
    stamps = [details["approximateArrivalOfFirstRecord"], details["approximateArrivalOfLastRecord"]]

    assert case.notes.batches() == sequence.batches
    assert summary({**report, "KinesisBatchInfo": details}) == sequence.reports[0]
    assert details["streamArn"] == case.arn
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp) for stamp in stamps)


def test_a_retried_batch_keeps_its_request_id_and_a_part_gets_its_own(
    started: dict[str, tuple[Case, str]],
) -> None:
    """[1-4] [2-4] [2] [2] [3,4]: the two invocations of [2] share an id, all others have their own."""
    case, _ = started["report-bisect"]
    case.done()
    ids = [entry["request"] for entry in case.notes.entries()]

    assert ids[2] == ids[3]
    assert len(set(ids)) == 4


def test_the_last_result_is_told_as_lambda_tells_it(started: dict[str, tuple[Case, str]]) -> None:
    """OK after a partial report, PROBLEM after an exception; the discard itself says nothing."""
    for name, text in (("report", "OK"), ("exception", "PROBLEM: Function call failed")):
        case, _ = started[name]
        case.done()
        wait_for_result(case, text)


def test_a_queue_gets_the_report_and_nothing_more(stack: Outcomes) -> None:
    """The keys of the report, in AWS's order, and its forms."""
    case, queue = stack.case("exact", ["1", "2"], always=True), stack.queue("exact")
    case.map(destination=queue, MaximumRetryAttempts=0).done()
    (report,) = stack.received(queue)
    first, last = (record["kinesis"] for record in records_of(stack, case))

    assert [*report] == [
        "requestContext",
        "responseContext",
        "version",
        "timestamp",
        "KinesisBatchInfo",
    ]
    assert [*report["requestContext"].items()][1:] == [
        ("functionArn", f"arn:aws:lambda:us-east-1:000000000000:function:{stack.function}"),
        ("condition", EXHAUSTED),
        ("approximateInvokeCount", 1),
    ]
    assert report["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert [*report["KinesisBatchInfo"]] == [
        "shardId",
        "startSequenceNumber",
        "endSequenceNumber",
        "approximateArrivalOfFirstRecord",
        "approximateArrivalOfLastRecord",
        "batchSize",
        "streamArn",
    ]
    assert report["KinesisBatchInfo"]["startSequenceNumber"] == first["sequenceNumber"]
    assert report["KinesisBatchInfo"]["endSequenceNumber"] == last["sequenceNumber"]
    assert report["KinesisBatchInfo"]["streamArn"] == case.arn
    stamps = [report["timestamp"], report["KinesisBatchInfo"]["approximateArrivalOfFirstRecord"]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp) for stamp in stamps)


def test_a_topic_gets_the_same_text(stack: Outcomes) -> None:
    """It is the Message of an ordinary notification."""
    sns, queue = stack.client("sns"), stack.queue("heard")
    case = stack.case("told", ["1"], always=True)
    topic = sns.create_topic(Name=f"topic-{case.stream}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    case.map(destination=topic, MaximumRetryAttempts=0).done()
    (envelope,) = stack.received(queue)

    assert envelope["Type"] == "Notification"
    assert summary(json.loads(envelope["Message"])) == (EXHAUSTED, 1, 1, "Unhandled")
    assert "payload" not in json.loads(envelope["Message"])


def test_a_bucket_gets_the_event_as_text(stack: Outcomes) -> None:
    """The object's key and type, and the payload before the timestamp, a JSON string of the whole event."""
    s3, case = stack.client("s3"), stack.case("stored", ["1", "2"], always=True, whole=True)
    bucket = f"bucket-{case.stream}"
    s3.create_bucket(Bucket=bucket)
    case.map(destination=f"arn:aws:s3:::{bucket}", MaximumRetryAttempts=0).done()
    (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    stored = s3.get_object(Bucket=bucket, Key=found["Key"])
    report = json.loads(stored["Body"].read())

    assert re.fullmatch(
        rf"aws/lambda/{case.mapping}/shardId-000000000000/(\d{{4}}/\d\d/\d\d)/"
        r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        found["Key"],
    )
    assert stored["ContentType"] == "application/octet-stream"
    assert [*report] == [
        "requestContext",
        "responseContext",
        "version",
        "payload",
        "timestamp",
        "KinesisBatchInfo",
    ]
    assert json.loads(report["payload"]) == case.notes.entries()[0]["event"]


def test_a_destination_that_takes_nothing_drops_the_batch_and_is_counted(stack: Outcomes) -> None:
    """The queue is gone: the records are dropped, counted once, and the next record is delivered."""
    queue = stack.queue("gone")
    stack.client("sqs").delete_queue(
        QueueUrl=stack.client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    )
    counted = [stack.metric("fogbank_worker_dropped_total"), stack.metric("fogbank_worker_destination_failures_total")]
    case = stack.case("dropped", ["1", "2", "3"], poison=["2"])
    case.map(destination=queue, BatchSize=3, MaximumRetryAttempts=0).done()
    case.put("4")

    assert case.done() == [["1", "2", "3"], ["4"]]
    assert stack.metric("fogbank_worker_dropped_total") == counted[0] + 3
    assert stack.metric("fogbank_worker_destination_failures_total") == counted[1] + 1


def test_without_a_destination_a_batch_is_given_up_silently(stack: Outcomes) -> None:
    """The shard goes on, and nothing is counted as dropped."""
    counted = stack.metric("fogbank_worker_dropped_total")
    case = stack.case("silent", ["1", "2"], poison=["1"]).map(BatchSize=1, MaximumRetryAttempts=1)

    assert case.done() == [["1"], ["1"], ["2"]]
    assert stack.metric("fogbank_worker_dropped_total") == counted


def test_a_slow_function_has_one_batch_of_a_shard_in_hand(stack: Outcomes) -> None:
    """Factor 1: the second invocation starts after the first has ended."""
    case = stack.case("slow", ["1", "2"], sleep=0.5).map(BatchSize=1)
    case.done()
    first, second = case.notes.entries()

    assert second["started"] - first["started"] >= 0.5


def test_a_batch_that_is_not_full_waits_for_its_window(stack: Outcomes) -> None:
    """BatchSize 2, window 2 s, 5 records: [1,2] [3,4] at once, [5] when the window has passed."""
    case = stack.case("patient", [*"12345"]).map(BatchSize=2, MaximumBatchingWindowInSeconds=2)
    assert case.done() == [["1", "2"], ["3", "4"], ["5"]]
    _, second, third = case.notes.entries()

    assert 1.5 <= third["started"] - second["ended"] <= 2.5 * slack()


def test_no_event_exceeds_the_payload_limit(stack: Outcomes) -> None:
    """Records of 700 kB take a third more in base64: six fit into 6 MiB, the seventh begins the next batch."""
    case = stack.case("bulky", [str(number) * 700_000 for number in range(7)])
    case.map(BatchSize=100, MaximumBatchingWindowInSeconds=1)

    assert [len(batch) for batch in case.done()] == [6, 1]


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("arn:aws:sqs:us-east-1:000000000000:ordered.fifo", "Unsupported on-failure destination"),
        ("arn:aws:sns:us-east-1:000000000000:ordered.fifo", "Unsupported on-failure destination"),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", "Unsupported on-failure destination"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(stack: Outcomes, destination: str, words: str) -> None:
    """FIFO queues and topics are none, nor is anything but a queue, a topic or a bucket (recorded)."""
    case = stack.case("refused")
    with pytest.raises(stack.api.exceptions.InvalidParameterValueException, match=words):
        case.map(destination=destination)


def test_records_that_are_too_old_are_reported_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Age limit 60 s, the stream's clock 70 s behind: no invocation, RecordAgeExceeded, count 1, no response.

    And 50 s behind: several attempts until the record is too old, counted. (Recorded, both.)
    """
    with outcomes("ministack", tmp_path_factory.mktemp("old"), behind=70) as stack:
        case, queue = stack.case("old", ["1"]), stack.queue("old")
        case.map(destination=queue, MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=0).done()
        (report,) = stack.received(queue)

        assert case.notes.entries() == []
        assert summary(report) == (EXPIRED, 1, 1, "absent")
        assert case.described()["LastProcessingResult"] == "No records processed"
    with outcomes("ministack", tmp_path_factory.mktemp("aging"), behind=50, RETRY_BACKOFF_MS="500") as stack:
        stack.case("warm", ["1"]).map().done()  # an environment is there: a busy machine takes seconds to start one
        case, queue = stack.case("aging", ["1"], always=True), stack.queue("aging")
        case.map(destination=queue, MaximumRecordAgeInSeconds=60)
        (report,) = stack.received(queue)

        assert summary(report) == (EXPIRED, 1, len(case.notes.entries()), "absent")
        assert len(case.notes.entries()) > 1


def wait_for_result(case: Case, text: str) -> None:
    until(lambda: case.described()["LastProcessingResult"] == text, 60, what=text)


def records_of(stack: Outcomes, case: Case) -> list[dict[str, Any]]:
    """The stream's records, under the names that events use."""
    kinesis = stack.client("kinesis")
    where = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName=case.stream, **where)["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    return [{"kinesis": {"sequenceNumber": record["SequenceNumber"]}} for record in records]
