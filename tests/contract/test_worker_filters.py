"""Filter criteria through Lambda's API: what a function is invoked with, and what becomes of the rest."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.wait import until

from .worker_events import function
from .worker_stack import Stack, client, running

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("filters")) as stack:
        stack.worker()
        yield stack


def criteria(*patterns: Any) -> dict[str, Any]:
    texts = [pattern if isinstance(pattern, str) else json.dumps(pattern) for pattern in patterns]
    return {"Filters": [{"Pattern": text} for text in texts]}


def test_two_functions_share_a_stream_by_their_filters(stack: Stack) -> None:
    """Each receives only its own, byte for byte as it was put (recorded)."""
    arn = stack.stream("Routed")
    one, two = function(stack, "function_1"), function(stack, "function_2")
    for name in ("function_1", "function_2"):
        stack.mapping(name, arn, FilterCriteria=criteria({"data": {"event_type": [name]}}))
    bodies = [f'{{"event_type":"function_{number}", "message" :"foo"}}' for number in (1, 2, 1, 3)]
    stack.put("Routed", *(("k", body) for body in [*bodies, "no json"]))
    one.wait(2)
    two.wait(1)

    assert [base64.b64decode(r["kinesis"]["data"]).decode() for r in one.records()] == [bodies[0], bodies[2]]
    assert [base64.b64decode(r["kinesis"]["data"]).decode() for r in two.records()] == [bodies[1]]
    assert "data" not in one.records()[0]


def test_records_are_filtered_before_they_are_batched_and_the_position_passes_them(stack: Stack) -> None:
    """Two of four fit, one batch: [2,4]; records that nobody wants move the position all the same."""
    events, arn = function(stack, "even"), stack.stream("Even")
    stack.put("Even", *(("k", json.dumps({"n": number})) for number in (1, 2, 3, 4)))
    pattern = {"data": {"n": [{"numeric": ["=", 2]}, {"numeric": ["=", 4]}]}}
    uuid = stack.mapping("even", arn, BatchSize=4, FilterCriteria=criteria(pattern))
    events.wait(2)
    last = stack.kinesis.put_record(StreamName="Even", PartitionKey="k", Data=b"nobody's")["SequenceNumber"]

    def checkpoints() -> set[str]:
        return {row["checkpoint"] for row in stack.positions() if row["mapping"] == uuid}

    until(lambda: checkpoints() == {last}, 60, what="the position")
    assert [len(entry["event"]["Records"]) for entry in events.entries()] == [2]


def test_an_update_removes_filters(stack: Stack) -> None:
    """{} takes them away; from then on everything is delivered."""
    events, arn = function(stack, "unfiltered"), stack.stream("Unfiltered")
    uuid = stack.mapping("unfiltered", arn, FilterCriteria=criteria({"partitionKey": ["wanted"]}))
    stack.put("Unfiltered", ("other", "1"), ("wanted", "2"))
    events.wait(1)
    reply = stack.api.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    stack.wait_for_state(uuid, "Enabled")
    stack.put("Unfiltered", ("other", "3"))
    events.wait(2)

    assert "FilterCriteria" not in reply
    assert [r["kinesis"]["partitionKey"] for r in events.records()] == ["wanted", "other"]


@pytest.mark.parametrize(
    ("pattern", "second", "expected"),
    [
        ({"eventName": ["INSERT"]}, {}, 1),
        ({"eventName": ["INSERT", "MODIFY"]}, {"changed": {"S": "x"}}, 2),
        ({"dynamodb": {"NewImage": {"presentKey": [{"exists": False}]}}}, {"presentKey": {"S": "x"}}, 2),
        (
            {"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}}},
            {"n": {"N": "101"}},
            1,
        ),
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}}, {"changed": {"S": "x"}}, 2),
    ],
)
def test_changes_of_a_table_are_filtered_with_their_types(
    stack: Stack, pattern: Any, second: dict[str, Any], expected: int
) -> None:
    """The table recorded on AWS: an item that is put twice, and how many changes the function sees."""
    name = f"T{abs(hash(json.dumps(pattern))):x}"
    dynamodb = client("dynamodb", stack.emulator_port)
    stream = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    events = function(stack, name)
    for item in ({"n": {"N": "42"}}, {"n": {"N": "42"}, **second}):
        dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, **item})
    dynamodb.put_item(TableName=name, Item={"id": {"S": "end"}})
    uuid = stack.mapping(name, stream, FilterCriteria=criteria(pattern, {"dynamodb": {"Keys": {"id": {"S": ["end"]}}}}))
    until(lambda: any(r["dynamodb"]["Keys"]["id"]["S"] == "end" for r in events.records()), 60, what="the end")

    assert len([r for r in events.records() if r["dynamodb"]["Keys"]["id"]["S"] == "1"]) == expected
    stack.api.delete_event_source_mapping(UUID=uuid)


@pytest.mark.parametrize("pattern", ["simple string", '{"eventSource": "aws:sqs"}', '{"eventSource": []}', '{"a": '])
def test_a_pattern_that_makes_no_sense_is_refused(stack: Stack, pattern: str) -> None:
    """In AWS's words (recorded), at creation and at an update."""
    if "Senseless" not in stack.kinesis.list_streams()["StreamNames"]:
        stack.stream("Senseless")
        function(stack, "senseless")
    with pytest.raises(ClientError, match="Invalid filter pattern definition") as refusal:
        stack.api.create_event_source_mapping(
            FunctionName="senseless",
            EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/Senseless",
            StartingPosition="LATEST",
            FilterCriteria=criteria(pattern),
        )

    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValueException"
