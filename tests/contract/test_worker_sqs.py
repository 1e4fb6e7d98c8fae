"""Queues as event sources, standard and FIFO: real functions, the emulator's queues, what AWS was seen to do."""

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cloud.wait import until

from .worker_events import Events, function
from .worker_stack import Stack, running

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("queues")) as stack:
        stack.worker()
        yield stack


def queue(stack: Stack, name: str, **attributes: Any) -> tuple[str, str]:
    """Create a queue; returns its URL and its ARN."""
    given = {key: str(value) for key, value in attributes.items()}
    url = str(stack.sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"])
    return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def ready(stack: Stack, name: str, **more: Any) -> Events:
    """A function with an environment for each of the queue's two pollers: a message that is visible again in seconds
    must not wait for one to start."""
    events = function(stack, name, **more)
    with ThreadPoolExecutor(2) as pollers:
        list(pollers.map(lambda _: stack.api.invoke(FunctionName=name, Payload=b'{"Records": []}'), range(2)))
    events.path.unlink()
    return events


def fifo(body: str) -> dict[str, str]:
    """A message of the group that its first letter names."""
    return {"MessageGroupId": body[0], "MessageDeduplicationId": body}


def send(stack: Stack, url: str, *bodies: str) -> None:
    """In order, in one call per ten."""
    for start in range(0, len(bodies), 10):
        entries = [
            {"Id": str(number), "MessageBody": body, **(fifo(body) if url.endswith(".fifo") else {})}
            for number, body in enumerate(bodies[start : start + 10])
        ]
        assert not stack.sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def mapping(stack: Stack, name: str, arn: str, **settings: Any) -> str:
    """Create a mapping of a queue and wait until it is enabled."""
    uuid = str(stack.api.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, **settings)["UUID"])
    stack.wait_for_state(uuid, "Enabled")
    return uuid


def left(stack: Stack, url: str) -> int:
    """Messages of the queue, visible or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def empty(stack: Stack, url: str) -> None:
    until(lambda: left(stack, url) == 0, 60, what="an empty queue")


def receives(events: Events) -> dict[str, list[str]]:
    """By body: the receive counts that the function saw."""
    counts: dict[str, list[str]] = defaultdict(list)
    for record in events.records():
        counts[record["body"]].append(record["attributes"]["ApproximateReceiveCount"])
    return dict(counts)


def test_a_message_is_delivered_as_on_aws_and_deleted(stack: Stack) -> None:
    """The recorded keys, camel case; the queue is empty afterwards; the mapping answers no position."""
    events, (url, arn) = function(stack, "plain"), queue(stack, "Plain")
    uuid = mapping(stack, "plain", arn)
    attributes = {
        "n": {"DataType": "Number", "StringValue": "0012.3400"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = stack.sqs.send_message(QueueUrl=url, MessageBody="a body", MessageAttributes=attributes)
    events.wait(1)
    empty(stack, url)

    (record,) = events.records()
    assert (record["messageId"], record["body"], record["md5OfBody"]) == (
        *(sent["MessageId"], "a body", sent["MD5OfMessageBody"]),
    )
    assert record["messageAttributes"]["n"] == {
        "stringValue": "12.34",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "Number",
    }
    assert record["messageAttributes"]["b"]["binaryValue"] == "AP8="
    assert record["md5OfMessageAttributes"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", arn)
    assert "StartingPosition" not in stack.api.get_event_source_mapping(UUID=uuid)
    assert uuid not in {row["mapping"] for row in stack.positions()}


def test_batches_are_never_larger_than_asked(stack: Stack) -> None:
    """Without a window a batch is what one receive brought, at most the batch size."""
    events, (url, arn) = function(stack, "small"), queue(stack, "Small")
    send(stack, url, *"abcde")
    mapping(stack, "small", arn, BatchSize=2)
    events.wait(5)
    empty(stack, url)

    assert sorted(body for batch in events.batches() for body in batch) == list("abcde")
    assert max(map(len, events.batches())) == 2


def test_a_window_fills_batches_of_more_than_ten(stack: Stack) -> None:
    """30 messages, size 20, window 4, concurrency 2: all are delivered, in few batches (recorded: two)."""
    events, (url, arn) = function(stack, "large"), queue(stack, "Large")
    send(stack, url, *(f"{number:02}" for number in range(30)))
    mapping(
        stack,
        "large",
        arn,
        BatchSize=20,
        MaximumBatchingWindowInSeconds=4,
        ScalingConfig={"MaximumConcurrency": 2},
    )
    events.wait(30)
    empty(stack, url)

    assert sorted(body for batch in events.batches() for body in batch) == [f"{number:02}" for number in range(30)]
    assert 10 < max(map(len, events.batches())) <= 20
    assert events.records()[0]["md5OfMessageAttributes"] is None


def test_a_failed_message_comes_back_until_the_queue_moves_it(stack: Stack) -> None:
    """maxReceiveCount 2: two invocations, the receive count 1 then 2, then the dead-letter queue has it (recorded)."""
    dead_url, dead_arn = queue(stack, "Dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(stack, "Failing", VisibilityTimeout=3, RedrivePolicy=policy)
    events = ready(stack, "failing", environment={"FAIL": "bad"}, Timeout=3)
    mapping(stack, "failing", arn)
    send(stack, url, "bad")
    until(lambda: left(stack, dead_url), 60, what="the dead letter")

    assert receives(events) == {"bad": ["1", "2"]}
    handles = {record["receiptHandle"] for record in events.records()}
    first = {record["attributes"]["ApproximateFirstReceiveTimestamp"] for record in events.records()}
    assert (len(handles), len(first)) == (2, 1)
    assert stack.sqs.receive_message(QueueUrl=dead_url)["Messages"][0]["Body"] == "bad"


def test_only_what_is_reported_comes_back(stack: Stack) -> None:
    """ReportBatchItemFailures by messageId: the others are deleted."""
    url, arn = queue(stack, "Reported", VisibilityTimeout=5)
    events = ready(stack, "reported", environment={"REPORT": "bad"}, Timeout=5)
    send(stack, url, "good", "bad", "fine")
    mapping(stack, "reported", arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    until(lambda: len(receives(events).get("bad", [])) >= 2, 60, what="the message again")

    assert receives(events)["bad"][:2] == ["1", "2"]
    assert receives(events)["good"] == receives(events)["fine"] == ["1"]


@pytest.mark.parametrize(
    ("name", "reply", "types", "again"),
    [
        ("null", "null", True, False),
        ("empty", "{}", True, False),
        ("nulls", '{"batchItemFailures": null}', True, False),
        ("text", '"Delivered 9 records"', True, False),
        ("foreign", '{"batchItemFailures": [{"itemIdentifier": "nobody"}]}', True, True),
        ("keyless", '{"batchItemFailures": [{"foo": "notvalid"}]}', True, True),
        ("number", '{"batchItemFailures": [{"itemIdentifier": 123}]}', True, True),
        ("nolist", '{"batchItemFailures": "x"}', True, True),
        ("off", '{"batchItemFailures": [{"itemIdentifier": "nobody"}]}', False, False),
    ],
)
def test_reports_mean_what_they_mean_on_aws(stack: Stack, name: str, reply: str, types: bool, again: bool) -> None:
    """Nothing reported is success; an unknown id, another key or no list fails the batch; off, nothing counts."""
    url, arn = queue(stack, f"Reply-{name}", VisibilityTimeout=1)
    events = ready(stack, f"reply-{name}", environment={"REPLY": reply}, Timeout=1)
    send(stack, url, "one")
    mapping(stack, f"reply-{name}", arn, FunctionResponseTypes=["ReportBatchItemFailures"] if types else [])
    if again:
        until(lambda: len(events.records()) >= 2, 60, what="the message again")
    else:
        events.wait(1)
        empty(stack, url)

    assert receives(events)["one"][: 1 + again] == ["1", "2"][: 1 + again]


def test_what_the_filters_drop_is_deleted(stack: Stack) -> None:
    """It never reaches the function or the dead-letter queue; text is dropped by a JSON pattern (recorded)."""
    url, arn = queue(stack, "Filtered")
    events = function(stack, "filtered")
    pattern = json.dumps({"body": {"pass": [{"exists": True}], "n": [{"numeric": [">", 1]}]}})
    send(stack, url, '{"pass": 1, "n": 1}', '{"pass": 1, "n": 2}', "text")
    mapping(stack, "filtered", arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    events.wait(1)
    empty(stack, url)

    assert events.batches() == [['{"pass": 1, "n": 2}']]


def test_a_batch_that_cannot_be_invoked_is_held_under_its_receipts(stack: Stack) -> None:
    """The function is away for a while: when it is back the message is delivered, its receive count still 1."""
    url, arn = queue(stack, "Held")
    events = function(stack, "held")
    mapping(stack, "held", arn)
    stack.api.delete_function(FunctionName="held")
    send(stack, url, "patient")
    names = ["ApproximateNumberOfMessagesNotVisible"]
    until(
        lambda: stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]] == "1",
        60,
        what="the message in hand",
    )
    function(stack, "held")
    events.wait(1)
    empty(stack, url)

    assert receives(events) == {"patient": ["1"]}


def test_concurrency_is_bounded(stack: Stack) -> None:
    """MaximumConcurrency 2: never more than two batches in hand."""
    url, arn = queue(stack, "Bounded")
    events = function(stack, "bounded", environment={"SLEEP": "0.4"})
    send(stack, url, *"abcdefgh")
    mapping(stack, "bounded", arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    events.wait(8)
    empty(stack, url)

    starts = sorted(entry["at"] for entry in events.entries())
    assert all(later - earlier > 0.35 for earlier, later in zip(starts, starts[2:], strict=False))


def test_a_fifo_queue_keeps_the_order_of_its_groups(stack: Stack) -> None:
    """Groups A and B, size 2: every group in its order, the FIFO attributes in the event."""
    url, arn = queue(stack, "Ordered.fifo", FifoQueue="true")
    events = function(stack, "fifo", environment={"SLEEP": "0.05"})
    sent = [f"{group}{number}" for number in range(5) for group in "AB"]
    send(stack, url, *sent)
    mapping(stack, "fifo", arn, BatchSize=2)
    events.wait(10)
    empty(stack, url)

    bodies = [body for batch in events.batches() for body in batch]
    assert [body for body in bodies if body[0] == "A"] == [f"A{number}" for number in range(5)]
    assert [body for body in bodies if body[0] == "B"] == [f"B{number}" for number in range(5)]
    assert max(map(len, events.batches())) <= 2
    attributes = events.records()[0]["attributes"]
    assert {"SequenceNumber", "MessageGroupId", "MessageDeduplicationId"} <= set(attributes)


def test_a_group_waits_for_its_failed_message(stack: Stack) -> None:
    """The failed one comes back before anything after it in its group; other groups go on."""
    url, arn = queue(stack, "Blocked.fifo", FifoQueue="true", VisibilityTimeout=5)
    events = ready(stack, "fifo-blocked", environment={"FAIL": "A1"}, Timeout=5)
    send(stack, url, "A1", "A2", "B1")
    mapping(stack, "fifo-blocked", arn, BatchSize=1)
    until(
        lambda: len((seen := receives(events)).get("A1", [])) >= 2 and "B1" in seen,
        60,
        what="the failed message again, and the other group's",
    )

    assert receives(events)["B1"] == ["1"]
    assert "A2" not in receives(events)


def test_a_partial_failure_of_a_fifo_batch_keeps_the_rest(stack: Stack) -> None:
    """Four messages of a group: the first call reports 2, 3, 4, the second sees exactly these (recorded)."""
    url, arn = queue(stack, "Partial.fifo", FifoQueue="true", VisibilityTimeout=5)
    events = ready(stack, "fifo-partial", environment={"REPORT": "A2,A3,A4"}, Timeout=5)
    send(stack, url, "A1", "A2", "A3", "A4")
    mapping(stack, "fifo-partial", arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    until(lambda: len(events.batches()) >= 2, 60, what="the rest")

    assert events.batches()[:2] == [["A1", "A2", "A3", "A4"], ["A2", "A3", "A4"]]


def test_a_disabled_mapping_receives_nothing_and_a_second_worker_shares_the_queue(stack: Stack) -> None:
    """Disabled: messages wait. Enabled again, with two workers: every message once."""
    url, arn = queue(stack, "Shared")
    events = function(stack, "shared", environment={"SLEEP": "0.05"})
    uuid = mapping(stack, "shared", arn, BatchSize=1)
    stack.api.update_event_source_mapping(UUID=uuid, Enabled=False)
    stack.wait_for_state(uuid, "Disabled")
    send(stack, url, *(f"{number:02}" for number in range(20)))

    assert left(stack, url) == 20
    assert events.entries() == []

    second = stack.worker("w2")
    stack.api.update_event_source_mapping(UUID=uuid, Enabled=True)
    events.wait(20)
    empty(stack, url)
    second.end()
    stack.workers.remove(second)

    assert sorted(body for batch in events.batches() for body in batch) == [f"{number:02}" for number in range(20)]
