"""Tumbling windows through Lambda's API, as they were captured on AWS: what every invocation of a window gets."""

import json
import time
from collections.abc import Iterator

import pytest

from cloud.wait import until

from .outcome_stack import KINDS, Outcomes, outcomes

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module", params=KINDS)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with outcomes(request.param, tmp_path_factory.mktemp("windows")) as made:
        yield made


@pytest.fixture(autouse=True)
def forget(stack: Outcomes) -> Iterator[None]:
    """A test's streams end with it."""
    yield
    stack.forget()


def test_a_window_carries_its_state_and_ends_with_a_later_record(stack: Outcomes) -> None:
    """[1] [2] [3] [4] [] [5]: the state counts to 4, the final invocation has it, record 5 gets {} (captured)."""
    case = stack.case("counts", window=True).map(BatchSize=1, TumblingWindowInSeconds=3).enabled()
    wait_for_a_window(3)
    case.put(*"1234")
    case.invocations(4)
    wait_for_a_window(3)
    case.put("5")
    until(lambda: ["5"] in case.notes.batches(), 60, what="record 5", interval=0.05)
    entries = case.notes.entries()[:6]

    assert [[data for _, _, data in entry["records"]] for entry in entries] == [["1"], ["2"], ["3"], ["4"], [], ["5"]]
    assert [entry["state"] for entry in entries] == [{}, {"count": 1}, {"count": 2}, {"count": 3}, {"count": 4}, {}]
    assert [entry["isFinalInvokeForWindow"] for entry in entries] == [False] * 4 + [True, False]
    assert not any(entry["isWindowTerminatedEarly"] for entry in entries)
    assert len({json.dumps(entry["window"]) for entry in entries[:5]}) == 1
    assert entries[5]["window"]["start"] >= entries[4]["window"]["end"]


def test_an_event_has_the_keys_of_a_window_and_no_others(stack: Outcomes) -> None:
    """Records, shardId, eventSourceARN, window, state and the two flags, in that order; windows lie on the epoch."""
    case = stack.case("keys", ["1"], window=True, whole=True).map(TumblingWindowInSeconds=7)
    case.invocations(1)
    event = case.notes.entries()[0]["event"]

    assert [*event] == [
        "Records",
        "shardId",
        "eventSourceARN",
        "window",
        "state",
        "isFinalInvokeForWindow",
        "isWindowTerminatedEarly",
    ]
    assert (event["shardId"], event["eventSourceARN"]) == ("shardId-000000000000", case.arn)
    start, end = (epoch(event["window"][side]) for side in ("start", "end"))
    assert (start % 7, end - start) == (0, 7)
    assert start <= event["Records"][0]["kinesis"]["approximateArrivalTimestamp"] < end


def test_an_idle_shard_closes_its_window_by_the_clock(stack: Outcomes) -> None:
    """No later record comes: the final invocation follows the end of the window, once."""
    case = stack.case("idle", ["1", "2"], window=True).map(TumblingWindowInSeconds=2)
    case.invocations(2)
    final = case.notes.entries()[-1]
    case.put("3")
    case.invocations(4)

    assert (final["records"], final["state"], final["isFinalInvokeForWindow"]) == ([], {"count": 2}, True)
    assert final["started"] >= epoch(final["window"]["end"])
    assert [entry["isFinalInvokeForWindow"] for entry in case.notes.entries()] == [False, True, False, True]


def test_an_answer_without_state_is_a_failure(stack: Outcomes) -> None:
    """It is retried like any other, and reported with no function error and where in the window it stood."""
    case, queue = stack.case("stateless", ["1"], window=True, stateless=True), stack.queue("stateless")
    case.map(destination=queue, MaximumRetryAttempts=1, TumblingWindowInSeconds=long()).done()
    (report,) = stack.received(queue)

    assert case.notes.batches()[:2] == [["1"]] * 2
    assert report["responseContext"]["functionError"] is None
    assert [*report][-1] == "timeWindowInfo"
    assert [*report["timeWindowInfo"]] == ["window", "isFinalInvokeForWindow", "isWindowTerminatedEarly"]
    assert report["timeWindowInfo"]["isFinalInvokeForWindow"] is False


def test_a_partial_failure_keeps_the_state_of_what_was_done(stack: Outcomes) -> None:
    """[1-4] with record 3 bad: the state of two records goes with [3,4]; what is given up changes no state."""
    case = stack.case("partial", [*"1234"], window=True, poison=["3"], how="report")
    case.map(
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        TumblingWindowInSeconds=long(),
    ).done()
    entries = case.notes.entries()

    assert case.notes.batches() == [[*"1234"], ["3", "4"], ["3"], ["4"]]
    assert [entry["state"].get("count", 0) for entry in entries] == [0, 3, 3, 3]


def test_a_state_that_is_too_large_ends_the_window_at_once(stack: Outcomes) -> None:
    """1,048,640 characters: a final invocation has all of it at once; the next record has {} (captured)."""
    case = stack.case("huge", ["1", "2"], window=True, huge=["1"]).map(BatchSize=1, TumblingWindowInSeconds=long())
    case.done()
    first, final, second = case.notes.entries()

    assert final["records"] == []
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, True)
    assert len(final["state"]["text"]) == 1048640
    assert (second["state"], second["window"]) == ({}, first["window"])
    assert second["isWindowTerminatedEarly"] is False


def test_a_final_invocation_that_fails_is_reported_and_the_next_window_begins_afresh(stack: Outcomes) -> None:
    """Retries 1: two attempts; the report names shard and stream only, the bucket gets the last state (captured)."""
    s3 = stack.client("s3")
    case = stack.case("final", ["1"], window=True, final=True, whole=True)
    bucket = f"bucket-{case.stream}"
    s3.create_bucket(Bucket=bucket)
    case.map(destination=f"arn:aws:s3:::{bucket}", MaximumRetryAttempts=1, TumblingWindowInSeconds=2)
    case.invocations(3)
    found = until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), 60, what="the report")
    report = json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read())
    case.does(window=True)
    case.put("2")
    until(lambda: ["2"] in case.notes.batches(), 60, what="record 2")
    entries = case.notes.entries()

    assert [entry["isFinalInvokeForWindow"] for entry in entries[:4]] == [False, True, True, False]
    assert entries[1]["request"] == entries[2]["request"]
    assert entries[3]["state"] == {}
    assert report["requestContext"]["approximateInvokeCount"] == 2
    assert report["KinesisBatchInfo"] == {"shardId": "shardId-000000000000", "streamArn": case.arn}
    assert report["timeWindowInfo"]["isFinalInvokeForWindow"] is True
    assert json.loads(report["payload"])["state"] == {"count": 1}
    assert json.loads(report["payload"])["Records"] == []


def test_the_end_of_a_shard_ends_its_window(stack: Outcomes) -> None:
    """The parent's window is final with what it has, before the children; they begin their own with {}."""
    case = stack.case("split", [(str(number), str(number)) for number in range(8)], window=True)
    case.map(TumblingWindowInSeconds=long())
    case.invocations(1)
    stack.client("kinesis").split_shard(
        StreamName=case.stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
    )
    case.put(*((str(number), f"late-{number}") for number in range(8)))
    until(lambda: len(case.notes.data()) == 16, 60, what="the children's records")
    entries = case.notes.entries()
    (final,) = [number for number, entry in enumerate(entries) if entry["isFinalInvokeForWindow"]]

    assert entries[final]["state"] == {"count": 8}
    assert {entry["shardId"] for entry in entries[: final + 1]} == {"shardId-000000000000"}
    assert "shardId-000000000000" not in {entry["shardId"] for entry in entries[final + 1 :]}
    assert entries[final + 1]["state"] == {}


def test_a_window_survives_the_worker(stack: Outcomes) -> None:
    """Killed in mid-window and started again: the state goes on from the last position, large or small."""
    worker = stack.workers[0]
    states = [{"count": 2, "pad": "é" * length} for length in (10, 100_000)]
    cases = [
        stack.case("survivor", ["1", "2"], window=True, more={"pad": state["pad"]}).map(TumblingWindowInSeconds=long())
        for state in states
    ]
    for case in cases:
        case.done()
    worker.kill()
    worker.start()
    for case, state in zip(cases, states, strict=True):
        case.put("3")
        case.invocations(2)

        assert [entry["state"] for entry in case.notes.entries()] == [{}, state]


def test_windows_cannot_be_had_with_lanes(stack: Outcomes) -> None:
    """TumblingWindowInSeconds and a ParallelizationFactor above 1 are refused together."""
    case = stack.case("refused")
    with pytest.raises(stack.api.exceptions.InvalidParameterValueException, match="TumblingWindow"):
        case.map(ParallelizationFactor=2, TumblingWindowInSeconds=long())


def long() -> int:
    """Seconds of a window that will not end during a test.

    Windows are counted from the epoch. Of these widths one has eight minutes left at any moment; of two or three,
    now and then none has.
    """
    now = time.time()
    return max(range(600, 901, 10), key=lambda width: width - now % width)


def wait_for_a_window(width: int) -> None:
    """Until a window of that many seconds has just begun."""
    now = time.time()
    begins = (now // width + 1) * width
    until(lambda: time.time() >= begins + 0.1, width + 2, what="a window's beginning", interval=0.02)


def epoch(stamp: str) -> float:
    """YYYY-MM-DDTHH:MM:SSZ in epoch seconds."""
    return time.mktime(time.strptime(stamp.replace("Z", "UTC"), "%Y-%m-%dT%H:%M:%S%Z")) - time.timezone
