"""The lab _template: messages are counted by topic, and none twice. botocore's Stubber plays DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from labs._template.handlers import count


def record(topic: str, sequence_number: int) -> dict[str, Any]:
    """A stream record as Lambda hands it over."""
    return {"kinesis": {"partitionKey": topic, "sequenceNumber": str(sequence_number), "data": "e30="}}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A DynamoDB that answers what it is told to."""
    monkeypatch.setenv("TOPICS_TABLE", "Topics")
    with Stubber(count.dynamodb()) as stubber:
        yield stubber
    count.dynamodb.cache_clear()


def test_every_message_counts_for_its_topic(dynamodb: Stubber) -> None:
    """One update each, in the stream's order, at its position."""
    for topic, position in (("fog", "1"), ("rain", "2")):
        expected = {
            "TableName": "Topics",
            "Key": {"Topic": {"S": topic}},
            "UpdateExpression": ANY,
            "ConditionExpression": ANY,
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":at": {"S": position.zfill(64)}},
        }
        dynamodb.add_response("update_item", {}, expected)

    count.handler({"Records": [record("fog", 1), record("rain", 2)]}, None)
    dynamodb.assert_no_pending_responses()


def test_a_message_that_comes_again_does_not_count_again(dynamodb: Stubber) -> None:
    """DynamoDB refuses what is not later than the last one; the rest of the batch goes on."""
    dynamodb.add_client_error("update_item", "ConditionalCheckFailedException")
    dynamodb.add_response("update_item", {})

    count.handler({"Records": [record("fog", 1), record("fog", 2)]}, None)
    dynamodb.assert_no_pending_responses()
