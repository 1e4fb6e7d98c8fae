"""What survives: workers killed in mid-stream, replicas that share shards, an emulator that goes away."""

import shutil
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from cloud.wait import until
from tests.machine import slack

from .worker_stack import Notes, Stack, client, running

pytestmark = pytest.mark.emulator

KEYS = 20


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("recovery")) as stack:
        yield stack


def numbered(count: int, start: int = 0) -> list[tuple[str, str]]:
    """Records "0", "1", ... in turn for KEYS partition keys."""
    return [(f"key{number % KEYS}", str(number)) for number in range(start, start + count)]


def assert_in_order(notes: Notes, count: int) -> None:
    """Every record was seen, and those of each key for the first time in their order."""
    expected = {f"key{key}": [str(number) for number in range(key, count, KEYS)] for key in range(KEYS)}

    assert notes.first_deliveries() == expected


def owners(stack: Stack, worker: int = 0) -> Counter[str]:
    return Counter(row["owner"] for row in stack.positions(worker))


def test_a_worker_that_is_killed_in_mid_stream_loses_nothing(stack: Stack) -> None:
    """SIGKILL twice among 2000 records: all are handled, first in order per key, and only a batch each repeats."""
    worker = stack.worker()
    notes, arn = stack.function("counted", environment={"SLEEP": "0.02"}), stack.stream("Counted", shards=2)
    stack.mapping("counted", arn, BatchSize=50)
    stack.put("Counted", *numbered(2000))
    for handled in (300, 1000):
        notes.wait(handled)
        worker.kill()
        worker.start()

    assert len(notes.wait(2000)) <= 2000 + 2 * 2 * 50
    assert_in_order(notes, 2000)


def test_replicas_share_shards_and_take_over_from_a_dead_one(stack: Stack) -> None:
    """A second worker gets half of four shards without a repetition; when it is killed the first reads all again."""
    lease = {"LEASE_SECONDS": "10"}  # a worker that a busy machine holds up for so long has lost its shards
    stack.worker("first", **lease)
    notes, arn = stack.function("shared"), stack.stream("Shared", shards=4)
    stack.mapping("shared", arn, BatchSize=20)
    stack.put("Shared", *numbered(400))
    second = stack.worker("second", **lease)
    until(lambda: owners(stack) == {"first": 2, "second": 2}, 60, what="two shards each")
    stack.put("Shared", *numbered(400, 400))

    assert len(notes.wait(800)) == 800

    second.kill()
    stack.put("Shared", *numbered(400, 800))
    notes.wait(1200)

    assert owners(stack) == {"first": 4}
    assert_in_order(notes, 1200)


def test_what_one_replica_is_told_all_replicas_know(stack: Stack) -> None:
    """A function made through one is invoked through another, and a change counts there within two seconds."""
    stack.worker("first")
    notes = stack.function("known")
    other = client("lambda", stack.worker("second").port)
    other.invoke(FunctionName="known", Payload=b'{"Records": []}')
    assert len(notes.entries()) == 1

    stack.api.update_function_configuration(FunctionName="known", Environment={"Variables": {"NOTES": "/dev/null"}})

    def quiet() -> bool:
        before = len(notes.entries())
        other.invoke(FunctionName="known", Payload=b'{"Records": []}')
        return len(notes.entries()) == before

    assert until(quiet, slack(), what="the change")  # a busy machine has longer


def test_a_worker_outlives_its_emulator(stack: Stack) -> None:
    """While it is away the worker says what is missing; when it comes back empty everything can be made again."""
    worker = stack.worker()
    stack.function("lasting")
    stack.mapping("lasting", stack.stream("Lasting"))
    stack.emulator.kill()
    shutil.rmtree(stack.state)
    until(lambda: "tables" in health(worker.port), 60, what="503")
    stack.emulator.start()
    until(lambda: health(worker.port) == '{"status":"ok"}', 60, what="health")

    assert stack.api.list_functions()["Functions"] == []

    notes = stack.function("lasting")
    stack.mapping("lasting", stack.stream("Lasting"))
    stack.put("Lasting", *numbered(20))

    assert len(notes.wait(20)) == 20


def test_an_emulator_that_comes_back_with_its_state_costs_nothing(stack: Stack) -> None:
    """Stopped and started in mid-stream: the worker goes on where it was, and every record is handled."""
    stack.worker()
    notes, arn = stack.function("patient", environment={"SLEEP": "0.02"}), stack.stream("Patient", shards=2)
    stack.mapping("patient", arn, BatchSize=20)
    stack.put("Patient", *numbered(600))
    notes.wait(100)
    stack.emulator.end()
    stack.emulator.start()
    notes.wait(600)

    assert_in_order(notes, 600)


def test_children_are_read_after_their_parents(stack: Stack) -> None:
    """One shard is split, then merged again, under load: order per key holds across it, and nothing is lost."""
    stack.worker()
    notes, arn = stack.function("resharded", environment={"SLEEP": "0.05"}), stack.stream("Resharded")
    stack.mapping("resharded", arn, BatchSize=20, StartingPosition="LATEST")
    stack.put("Resharded", *numbered(200))
    stack.kinesis.split_shard(
        StreamName="Resharded", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
    )
    stack.put("Resharded", *numbered(200, 200))
    left, right = (shard["ShardId"] for shard in stack.kinesis.list_shards(StreamName="Resharded")["Shards"][1:3])
    stack.kinesis.merge_shards(StreamName="Resharded", ShardToMerge=left, AdjacentShardToMerge=right)
    stack.put("Resharded", *numbered(200, 400))

    assert len(notes.wait(600)) == 600
    assert_in_order(notes, 600)
    assert sorted(row["checkpoint"] == "SHARD_END" for row in stack.positions()) == [False, True, True, True]


def test_a_stopped_worker_leaves_at_once_and_cleanly(stack: Stack) -> None:
    """SIGTERM: the batch in hand is finished and stored, and the leases are given back."""
    worker = stack.worker("first")
    notes, arn = stack.function("stopped", environment={"SLEEP": "0.3"}), stack.stream("Stopped")
    stack.mapping("stopped", arn, BatchSize=5)
    stack.put("Stopped", *numbered(60))
    notes.wait(1)
    worker.end()
    seen = len(notes.data())
    stack.worker("second")

    assert seen < 60
    assert notes.wait(60) == [str(number) for number in range(60)]


def health(port: int) -> str:
    """What GET /health answers, whatever its status."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as reply:
            return bytes(reply.read()).decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.read().decode()
