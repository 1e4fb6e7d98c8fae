"""Dead letters. botocore's Stubber plays SQS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from labs.alien_attack import aws, dead_letters
from labs.alien_attack.dead_letters import DeadLetter
from tests.unit.labs.records import record

QUEUE = "http://localhost/queue"


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """An SQS that answers what it is told to."""
    monkeypatch.setenv("DLQ_URL", QUEUE)
    with Stubber(aws.client("sqs")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    aws.client.cache_clear()


def sent(*ids: str) -> dict[str, Any]:
    """The answer for messages that were taken."""
    return {"Successful": [{"Id": one, "MessageId": one, "MD5OfMessageBody": ""} for one in ids], "Failed": []}


def test_a_dead_letter_says_why_and_holds_the_record(sqs: Stubber) -> None:
    """Everything that is needed to look at it, or to put it into the stream again."""
    letter = DeadLetter("NotSeated", record("🚀", 7, b"{}"))
    message = {
        "Reason": "NotSeated",
        "EventId": "shardId-000000000000:7",
        "EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/AlienAttackInput",
        "PartitionKey": "🚀",
        "SequenceNumber": "7",
        "ArrivedAt": 1_700_000_000.0,
        "Data": "e30=",
        "DataIsWhole": True,
    }
    expected = {"QueueUrl": QUEUE, "Entries": [{"Id": "0", "MessageBody": json.dumps(message)}]}
    sqs.add_response("send_message_batch", sent("0"), expected)

    dead_letters.send([letter])


def test_ten_go_at_once(sqs: Stubber) -> None:
    """SQS takes ten messages in a call; eleven are two calls; none is none."""
    sqs.add_response("send_message_batch", sent())
    sqs.add_response("send_message_batch", sent())

    dead_letters.send([DeadLetter("NotSeated", record("ada", number, b"{}")) for number in range(11)])
    dead_letters.send([])


def test_a_message_that_the_queue_refuses_is_an_error(sqs: Stubber) -> None:
    """Then the batch comes again: a record must not vanish."""
    failed = {"Id": "0", "Code": "InternalError", "SenderFault": False}
    sqs.add_response("send_message_batch", {"Successful": [], "Failed": [failed]})

    with pytest.raises(RuntimeError, match="InternalError"):
        dead_letters.send([DeadLetter("NotSeated", record("ada", 1, b"{}"))])


def test_ten_of_the_largest_records_fit_into_one_call(sqs: Stubber) -> None:
    """Their data is cut, which the message says: SQS takes 256 KiB at once."""
    bodies: list[str] = []
    aws.client("sqs").meta.events.register_first(
        "provide-client-params.sqs.SendMessageBatch",
        lambda params, **_: bodies.extend(entry["MessageBody"] for entry in params["Entries"]),
    )
    sqs.add_response("send_message_batch", sent())

    dead_letters.send([DeadLetter("Unreadable: x", record("🚀" * 128, n, b"x" * 1_000_000)) for n in range(10)])

    assert sum(map(len, bodies)) < 256 * 1024
    assert not any(json.loads(text)["DataIsWhole"] for text in bodies)
