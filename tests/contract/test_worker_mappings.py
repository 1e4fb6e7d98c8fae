"""Event source mappings through Lambda's API: streams of an emulator, real functions, what AWS was seen to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.wait import until

from .worker_stack import Stack, running

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("mappings")) as stack:
        stack.worker()
        yield stack


def numbered(count: int, start: int = 0, keys: int = 1) -> list[tuple[str, str]]:
    """Records "0", "1", ... over as many partition keys."""
    return [(f"key{number % keys}", str(number)) for number in range(start, start + count)]


def test_waiting_records_are_delivered_in_order_and_full_batches(stack: Stack) -> None:
    """20 waiting and 10 more, batch size 10: three batches of ten, in order (recorded)."""
    notes, arn = stack.function("ordered"), stack.stream("Ordered")
    stack.put("Ordered", *numbered(20))
    mapping = stack.mapping("ordered", arn, BatchSize=10)
    notes.wait(20)
    stack.put("Ordered", *numbered(10, 20))
    notes.wait(30)

    assert notes.batches() == [[str(number) for number in range(start, start + 10)] for start in (0, 10, 20)]
    until(lambda: stack.api.get_event_source_mapping(UUID=mapping)["LastProcessingResult"] == "OK", 60, what="OK")


def test_positions_tell_how_far_a_shard_is_done(stack: Stack) -> None:
    """The checkpoint is the sequence number of the last record that was handled."""
    notes, arn = stack.function("positioned"), stack.stream("Positioned", shards=2)
    stack.put("Positioned", *numbered(50, keys=10))
    mapping = stack.mapping("positioned", arn)
    notes.wait(50)
    last = {}
    for shard in stack.kinesis.list_shards(StreamName="Positioned")["Shards"]:
        iterator = stack.kinesis.get_shard_iterator(
            StreamName="Positioned", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        last[shard["ShardId"]] = stack.kinesis.get_records(ShardIterator=iterator)["Records"][-1]["SequenceNumber"]

    def positions() -> list[dict[str, str]]:
        return [row for row in stack.positions() if row["mapping"] == mapping]

    until(lambda: {row["shard"]: row["checkpoint"] for row in positions()} == last, 60, what="positions")
    assert {(row["function"], row["stream"], row["owner"]) for row in positions()} == {
        ("positioned", "Positioned", "w1")
    }


def test_latest_is_exact_once_the_mapping_is_enabled(stack: Stack) -> None:
    """What was put before is not delivered, what is put right after Enabled is, on every shard."""
    notes, arn = stack.function("latest"), stack.stream("Latest", shards=2)
    stack.put("Latest", *numbered(20, keys=10))
    stack.mapping("latest", arn, StartingPosition="LATEST")
    stack.put("Latest", *numbered(20, 100, keys=10))

    assert sorted(notes.wait(20)) == sorted(str(number) for number in range(100, 120))


def test_a_poison_record_is_cut_out_and_reported(stack: Stack) -> None:
    """Reports and bisect, retries 1: [1-4] [2-4] [2] [2] [3,4], and one report of one record (recorded)."""
    queue = stack.sqs.create_queue(QueueName="Failures")["QueueUrl"]
    notes = stack.function("poisoned", environment={"POISON": "2", "REPORT": "yes"})
    arn = stack.stream("Poisoned")
    stack.put("Poisoned", *numbered(4, 1))
    stack.mapping(
        "poisoned",
        arn,
        BatchSize=4,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:Failures"}},
    )
    until(lambda: "4" in notes.batches()[-1][-1:] and len(notes.batches()) > 3, 60, what="the last record")

    assert notes.batches() == [["1", "2", "3", "4"], ["2", "3", "4"], ["2"], ["2"], ["3", "4"]]
    entries = notes.entries()
    assert entries[2]["request"] == entries[3]["request"] != entries[1]["request"]
    report = json.loads(receive(stack, queue))
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert report["requestContext"]["approximateInvokeCount"] == 2
    assert report["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}
    assert (report["KinesisBatchInfo"]["batchSize"], report["KinesisBatchInfo"]["streamArn"]) == (1, arn)


def test_a_failing_shard_does_not_hold_up_the_others(stack: Stack) -> None:
    """Unlimited retries block the shard of the poison record and no other."""
    notes = stack.function("blocked", environment={"POISON": "poison"})
    arn = stack.stream("Blocked", shards=2)
    stack.put("Blocked", *numbered(30, keys=30))
    (blocked,) = {row[0] for row in shards_of(stack, "Blocked", "key7")}
    stack.put("Blocked", ("key7", "poison"))
    stack.mapping("blocked", arn, BatchSize=1)
    until(lambda: notes.data().count("poison") >= 3, 60, what="retries")
    stack.put("Blocked", *numbered(30, 100, keys=30))
    free = [data for data in notes.wait(30) if data != "poison"]
    until(lambda: len([data for data in notes.data() if len(data) == 3]) > 3, 60, what="the other shard")

    late = {shard for entry in notes.entries() for shard, _, data in entry["records"] if len(data) == 3}
    assert blocked not in late
    assert len(free) == len(set(free))


def test_a_disabled_mapping_resumes_where_it_stopped(stack: Stack) -> None:
    """Records put meanwhile are delivered when it is enabled again; none twice."""
    notes, arn = stack.function("paused"), stack.stream("Paused")
    mapping = stack.mapping("paused", arn)
    stack.put("Paused", *numbered(5))
    notes.wait(5)
    assert stack.api.update_event_source_mapping(UUID=mapping, Enabled=False)["State"] == "Disabling"
    stack.wait_for_state(mapping, "Disabled")
    stack.put("Paused", *numbered(5, 5))
    assert stack.api.update_event_source_mapping(UUID=mapping, Enabled=True, BatchSize=2)["State"] == "Enabling"

    assert notes.wait(10) == [str(number) for number in range(10)]
    assert max(map(len, notes.batches()[-3:])) == 2


def test_a_mapping_outlives_its_function(stack: Stack) -> None:
    """It stays enabled; its records wait for a function of that name."""
    notes, arn = stack.function("mortal"), stack.stream("Mortal")
    mapping = stack.mapping("mortal", arn)
    stack.api.delete_function(FunctionName="mortal")
    stack.put("Mortal", *numbered(3))

    assert stack.api.get_event_source_mapping(UUID=mapping)["State"] == "Enabled"

    stack.function("mortal")

    assert notes.wait(3) == ["0", "1", "2"]


def test_a_deleted_mapping_is_gone_with_its_positions(stack: Stack) -> None:
    """It answers Deleting, then 404; another one of the same pair may follow."""
    arn = stack.stream("Deleted")
    stack.function("deleted")
    mapping = stack.mapping("deleted", arn)

    assert stack.api.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    until(lambda: not stack.api.list_event_source_mappings(FunctionName="deleted")["EventSourceMappings"], 60)
    assert refusal(stack.api.get_event_source_mapping, UUID=mapping) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    assert mapping not in {row["mapping"] for row in stack.positions()}
    assert stack.mapping("deleted", arn) != mapping


def test_a_stream_that_was_made_again_is_read_from_its_beginning(stack: Stack) -> None:
    """Even by a mapping that began at LATEST, and within the second: it is another stream, all of it new."""
    notes, arn = stack.function("again"), stack.stream("Again")
    stack.mapping("again", arn, StartingPosition="LATEST")
    stack.kinesis.delete_stream(StreamName="Again")
    stack.stream("Again")
    stack.put("Again", *numbered(5))

    assert notes.wait(5) == [str(number) for number in range(5)]


SOURCE = "arn:aws:kinesis:us-east-1:000000000000:stream/Refused"


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"StartingPosition": None}, "InvalidParameterValueException", "Value null at 'startingPosition' failed"),
        ({"StartingPosition": "invalid"}, "ValidationException", "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]"),
        ({"EventSourceArn": f"{SOURCE}X"}, "InvalidParameterValueException", f"Stream not found: {SOURCE}X"),
        ({"EventSourceArn": None}, "InvalidParameterValueException", "Unrecognized event source."),
        ({"FunctionName": "nobody"}, "InvalidParameterValueException", "Function does not exist"),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}}},
            "InvalidParameterValueException",
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
    ],
)
def test_senseless_mappings_are_refused_in_lambdas_words(
    stack: Stack, request_: dict[str, Any], code: str, words: str
) -> None:
    """The table of errors that was recorded on AWS."""
    if "Refused" not in stack.kinesis.list_streams()["StreamNames"]:
        stack.stream("Refused")
        stack.function("refused")
    settings = {"FunctionName": "refused", "EventSourceArn": SOURCE, "StartingPosition": "LATEST", **request_}
    given = {name: value for name, value in settings.items() if value is not None}

    refused = refusal(stack.api.create_event_source_mapping, **given)

    assert refused[0] == code
    assert words in refused[1]


def test_the_same_mapping_twice_is_a_conflict(stack: Stack) -> None:
    """409, naming the one that exists."""
    arn = stack.stream("Twice")
    stack.function("twice")
    mapping = stack.mapping("twice", arn)

    code, message = refusal(
        stack.api.create_event_source_mapping, FunctionName="twice", EventSourceArn=arn, StartingPosition="LATEST"
    )

    assert code == "ResourceConflictException"
    assert message.endswith(f"Please update or delete the existing mapping with UUID {mapping}")


def receive(stack: Stack, queue: str) -> str:
    """The body of the queue's next message."""

    def messages() -> Any:
        return stack.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")

    return str(until(messages, 60, what="a message")[0]["Body"])


def shards_of(stack: Stack, stream: str, key: str) -> list[tuple[str, str]]:
    """Where records of a partition key go: (shard, sequence number) of one that is put for it."""
    reply = stack.kinesis.put_record(StreamName=stream, PartitionKey=key, Data=b"probe")
    return [(reply["ShardId"], reply["SequenceNumber"])]


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """The code and the text with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
