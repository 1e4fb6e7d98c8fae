"""`make dlq`: what is in the dead-letter queue, and a second try, with the real function, stream and worker."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from rich.console import Console

from cloud import clients
from cloud.wait import until
from demo import dlq
from labs.alien_attack import aws, board
from tests.unit.labs.records import body

from .bootstrap_stack import PATIENCE, Stack

pytestmark = pytest.mark.emulator

SESSION = "S261120T100000"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An emulator, a worker, and what a score passes through."""
    stack = Stack(tmp_path_factory.mktemp("dlq"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environ.items():
            patch.setenv(name, value)
        patch.setenv("SCOREBOARD_TABLE", "AlienAttackScoreboard")
        clients.client.cache_clear()
        aws.client.cache_clear()
        try:
            stack.start("emulator", "worker")
            stack.run("apply")
            yield stack
        finally:
            aws.client("dynamodb").close()
            aws.client.cache_clear()
            clients.client.cache_clear()
            stack.close()


def put(gamer: str, data: bytes) -> str:
    """Put a record into the stream, whoever it is of; its sequence number."""
    answer = clients.client("kinesis").put_record(StreamName="AlienAttackInput", PartitionKey=gamer, Data=data)
    return str(answer["SequenceNumber"])


def post(gamer: str, score: int) -> str:
    """The same with a good status."""
    return put(gamer, json.dumps(body(SessionId=SESSION, Score=score)).encode())


def look(count: int) -> list[dlq.DeadLetter]:
    """What is in the queue once there is so much; others can see it again."""
    found: list[dlq.DeadLetter] = []

    def there() -> bool:
        found[:] = dlq.letters()
        dlq.release(found)
        return len(found) == count

    until(there, PATIENCE, what=f"{count} dead letters")
    return found


def score(gamer: str) -> int:
    """What the board says of a gamer, -1: nothing."""
    return next((row["Score"] for row in board.gamers(SESSION) if row["Nickname"] == gamer), -1)


def test_poison_does_not_stop_the_shard_and_can_be_tried_again(stack: Stack) -> None:
    """Nobody's post and nonsense are shown; with a seat the post counts after all, under the number that it had."""
    assert stack
    now = int(datetime.now(UTC).timestamp() * 1000)
    early = post("ada", 10)
    late = post("linus", 20)
    put("ada", b"\xff[red]nonsense")
    board.enter(SESSION, "grace", now, again=True)
    post("grace", 30)
    until(lambda: score("grace") == 30, PATIENCE, what="the record behind the poison")

    found = look(3)
    shown = Console(file=io.StringIO(), width=200)
    dlq.show(found, shown)
    text = str(shown.file.getvalue())  # type: ignore[attr-defined]
    assert {letter.body["SequenceNumber"] for letter in found} >= {early, late}
    assert all(word in text for word in ("NotSeated", "Unreadable", "ada", "linus", "[red]nonsense", early))

    board.enter(SESSION, "ada", now, again=True)
    board.enter(SESSION, "linus", now, again=True)
    post("linus", 25)
    until(lambda: score("linus") == 25, PATIENCE, what="what linus posted after")
    assert dlq.redrive(dlq.letters()) == 3

    assert (score("ada"), score("linus")) == (10, 25)
    assert [letter.body["Reason"].split(":")[0] for letter in look(1)] == ["Unreadable"]


def test_what_cannot_be_made_a_record_again_is_left_alone(stack: Stack) -> None:
    """Somebody else's message, and one whose data was too long to be kept."""
    assert stack
    queue = clients.client("sqs").get_queue_url(QueueName=dlq.QUEUE)["QueueUrl"]
    before = len(dlq.letters())  # hidden from what follows
    for text in ("hello", json.dumps({"Reason": "NotSeated", "DataIsWhole": False})):
        clients.client("sqs").send_message(QueueUrl=queue, MessageBody=text)

    found = look(2)

    assert before <= 1
    assert dlq.redrive(found) == 0
    assert len(look(2)) == 2
