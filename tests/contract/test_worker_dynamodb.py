"""Streams of tables as event sources: real functions, the emulator's tables, what AWS was seen to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cloud.wait import until

from .worker_events import Events, function
from .worker_stack import Stack, client, running

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("tables")) as stack:
        stack.worker()
        yield stack
        dynamodb(stack).close()


def dynamodb(stack: Stack) -> Any:
    return client("dynamodb", stack.emulator_port)


def table(stack: Stack, name: str, view: str = "NEW_AND_OLD_IMAGES") -> str:
    """Create a table with a stream; returns the stream's ARN."""
    reply = dynamodb(stack).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )
    return str(reply["TableDescription"]["LatestStreamArn"])


def put(stack: Stack, name: str, *ids: str, **attributes: Any) -> None:
    for one in ids:
        dynamodb(stack).put_item(TableName=name, Item={"id": {"S": one}, **attributes})


def ids(events: Events) -> list[list[str]]:
    """The keys of every invocation's records."""
    return [[r["dynamodb"]["Keys"]["id"]["S"] for r in entry["event"]["Records"]] for entry in events.entries()]


def test_changes_are_delivered_as_on_aws(stack: Stack) -> None:
    """Insert, modify, remove with their images in attribute-value form; a put that changes nothing is no change."""
    events, arn = function(stack, "changes"), table(stack, "Changes")
    stack.mapping("changes", arn)
    put(stack, "Changes", "a", n={"N": "42"}, b={"B": b"\x00\xff"})
    put(stack, "Changes", "a", n={"N": "42"}, b={"B": b"\x00\xff"})
    put(stack, "Changes", "a", n={"N": "43"})
    dynamodb(stack).delete_item(TableName="Changes", Key={"id": {"S": "a"}})
    events.wait(3)

    inserted, modified, removed = events.records()
    assert [one["eventName"] for one in (inserted, modified, removed)] == ["INSERT", "MODIFY", "REMOVE"]
    assert (inserted["eventSource"], inserted["eventVersion"], inserted["eventSourceARN"]) == (
        *("aws:dynamodb", "1.1", arn),
    )
    assert len(inserted["eventID"]) == 32
    change = inserted["dynamodb"]
    assert change["NewImage"] == {
        "id": {"S": "a"},
        "n": {"N": "42"},
        "b": {"B": "AP8="},
    }
    assert "OldImage" not in change
    assert "NewImage" not in removed["dynamodb"]
    assert (modified["dynamodb"]["OldImage"]["n"], modified["dynamodb"]["NewImage"]["n"]) == ({"N": "42"}, {"N": "43"})
    assert (change["Keys"], change["StreamViewType"]) == ({"id": {"S": "a"}}, "NEW_AND_OLD_IMAGES")
    assert change["ApproximateCreationDateTime"] % 1 == 0
    assert change["SizeBytes"] == 3 + 3 + 3 + 3
    assert change["SequenceNumber"].isdigit()


def test_a_stream_of_keys_has_no_images(stack: Stack) -> None:
    """KEYS_ONLY."""
    events, arn = function(stack, "keys"), table(stack, "Keys", "KEYS_ONLY")
    put(stack, "Keys", "a", n={"N": "1"})
    stack.mapping("keys", arn)
    events.wait(1)

    assert {"NewImage", "OldImage"}.isdisjoint(events.records()[0]["dynamodb"])


def test_waiting_changes_are_delivered_in_order_and_full_batches(stack: Stack) -> None:
    """TRIM_HORIZON begins with the oldest; the position is the last change's number."""
    events, arn = function(stack, "waiting"), table(stack, "Waiting")
    put(stack, "Waiting", *(f"{number:02}" for number in range(25)))
    uuid = stack.mapping("waiting", arn, BatchSize=10)
    events.wait(25)

    assert ids(events) == [[f"{number:02}" for number in range(a, b)] for a, b in ((0, 10), (10, 20), (20, 25))]
    last = events.records()[-1]["dynamodb"]["SequenceNumber"]

    def checkpoint() -> list[str]:
        return [row["checkpoint"] for row in stack.positions() if row["mapping"] == uuid]

    until(lambda: checkpoint() == [last], 60, what="the position")
    assert stack.api.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK"


def test_latest_is_exact_once_the_mapping_is_enabled(stack: Stack) -> None:
    """What changed before is not delivered, not even in the same second; what changes right after Enabled is."""
    events, arn = function(stack, "newest"), table(stack, "Newest")
    put(stack, "Newest", "old1", "old2")
    stack.mapping("newest", arn, StartingPosition="LATEST")
    put(stack, "Newest", "new1", "new2")
    events.wait(2)

    assert [one for batch in ids(events) for one in batch] == ["new1", "new2"]


def test_a_bad_change_is_cut_out_and_reported(stack: Stack) -> None:
    """Reports and bisect, retries 1: [1-4] [2-4] [2] [2] [3,4]; the report names the stream and whole seconds."""
    queue = stack.sqs.create_queue(QueueName="TableFailures")["QueueUrl"]
    events = function(stack, "bisected", environment={"REPORT": '"S": "bad"'})
    arn = table(stack, "Bisected")
    put(stack, "Bisected", "1", "bad", "3", "4")
    stack.mapping(
        "bisected",
        arn,
        BatchSize=4,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:TableFailures"}},
    )

    def messages() -> Any:
        return stack.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")

    report = json.loads(until(messages, 60, what="the report")[0]["Body"])
    until(lambda: ids(events)[-1] == ["3", "4"], 60, what="the rest")
    assert ids(events) == [["1", "bad", "3", "4"], ["bad", "3", "4"], ["bad"], ["bad"], ["3", "4"]]
    info = report["DDBStreamBatchInfo"]
    assert (info["batchSize"], info["streamArn"], report["requestContext"]["approximateInvokeCount"]) == (1, arn, 2)
    assert len(info["approximateArrivalOfFirstRecord"]) == len("2026-01-01T00:00:00Z")
    assert info["startSequenceNumber"] == info["endSequenceNumber"]


def test_lanes_keep_the_order_of_an_item(stack: Stack) -> None:
    """ParallelizationFactor 5: changes of one item are delivered in their order, whatever lane it is in."""
    events, arn = function(stack, "lanes", environment={"SLEEP": "0.01"}), table(stack, "Lanes")
    for number in range(6):
        put(stack, "Lanes", *"abcdef", n={"N": str(number)})
    stack.mapping("lanes", arn, BatchSize=2, ParallelizationFactor=5)
    events.wait(36)

    for one in "abcdef":
        changes = [r["dynamodb"]["NewImage"] for r in events.records() if r["dynamodb"]["Keys"]["id"]["S"] == one]
        assert [change["n"]["N"] for change in changes] == [str(number) for number in range(6)]


def test_positions_outlive_the_worker(stack: Stack) -> None:
    """Killed and started again: only what came meanwhile is delivered."""
    events, arn = function(stack, "durable"), table(stack, "Durable")
    uuid = stack.mapping("durable", arn)
    put(stack, "Durable", "a", "b")
    events.wait(2)
    last = events.records()[-1]["dynamodb"]["SequenceNumber"]
    until(lambda: last in {row["checkpoint"] for row in stack.positions() if row["mapping"] == uuid}, 60)
    stack.workers[0].kill()
    put(stack, "Durable", "c")
    stack.workers[0].start()
    events.wait(3)

    assert [one for batch in ids(events) for one in batch] == ["a", "b", "c"]


def test_a_stream_that_was_turned_off_is_read_to_its_end(stack: Stack) -> None:
    """What it still holds is delivered."""
    events, arn = function(stack, "off"), table(stack, "Off")
    put(stack, "Off", "a", "b")
    dynamodb(stack).update_table(TableName="Off", StreamSpecification={"StreamEnabled": False})
    stack.mapping("off", arn)

    events.wait(2)
    assert ids(events) == [["a", "b"]]
