"""Workers that are killed, paused and raced; functions that hang, exit, flood and vanish."""

import signal
import threading
from collections.abc import Iterator
from itertools import cycle, pairwise

import pytest

from cloud.wait import until

from .outcome_stack import Case, Outcomes, outcomes

pytestmark = pytest.mark.emulator

KEYS = 12
LEASE = "8"  # seconds; a worker that a busy machine holds up for so long has lost its shards, as on purpose


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """One worker, for functions that misbehave; it must outlive all of them."""
    with outcomes("ministack", tmp_path_factory.mktemp("faults")) as made:
        process = made.workers[0].child
        yield made
        assert made.workers[0].child is process
        assert process is not None
        assert process.poll() is None


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """A worker, "w1", that the test may kill."""
    with outcomes("ministack", tmp_path_factory.mktemp("killed"), LEASE_SECONDS=LEASE) as made:
        yield made


def keyed(count: int, start: int = 0) -> list[tuple[str, str]]:
    """Records "0", "1", ... in turn for KEYS partition keys."""
    return [(f"key{number % KEYS}", str(number)) for number in range(start, start + count)]


def assert_in_order(case: Case, count: int) -> None:
    """Every record was handled, and each key's were first seen in order."""
    assert case.notes.first_deliveries() == {
        f"key{key}": [str(number) for number in range(key, count, KEYS)] for key in range(KEYS)
    }


def test_a_kill_between_read_and_invocation_loses_nothing(own: Outcomes) -> None:
    """The records were read and waited for their batching window: they are delivered by the next process."""
    case = own.case("read", ["1", "2"]).map(MaximumBatchingWindowInSeconds=10).enabled()
    until(lambda: case.positions() == {"shardId-000000000000": "TRIM_HORIZON"}, 60, what="a row")
    own.workers[0].kill()

    assert case.notes.entries() == []

    own.workers[0].start()

    assert case.done() == [["1", "2"]]


def test_a_kill_during_an_invocation_delivers_the_batch_again(own: Outcomes) -> None:
    """The function ran, nobody heard its answer: same records again, and no position before that."""
    case = own.case("invoked", ["1", "2"], gate="go").map()
    case.invocations(1)
    own.workers[0].kill()
    case.open("go")
    own.workers[0].start()

    assert case.done() == [["1", "2"], ["1", "2"]]


def test_a_kill_before_the_destination_has_the_report_reports_after_all(own: Outcomes) -> None:
    """The last attempt was under way: the next process begins the batch anew and reports it once."""
    case, queue = own.case("unreported", ["1"], always=True, gate="go"), own.queue("unreported")
    case.map(destination=queue, MaximumRetryAttempts=0)
    case.invocations(1)
    own.workers[0].kill()
    case.open("go")
    own.workers[0].start()
    case.done()

    assert len(own.received(queue)) == 1
    assert case.notes.batches() == [["1"], ["1"]]


def test_a_kill_between_report_and_position_reports_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tables are away when the report has gone out: its position is not stored, so the batch comes once more."""
    with outcomes("ministack", tmp_path_factory.mktemp("apart"), apart=True, LEASE_SECONDS="30") as own:
        case, queue = own.case("reported", ["1"], always=True, gate="go"), own.queue("reported")
        case.map(destination=queue, MaximumRetryAttempts=0)
        case.invocations(1)
        own.tables.stop()
        case.open("go")
        own.received(queue)
        own.workers[0].kill()
        own.tables.start()
        own.workers[0].start()
        case.done()

        assert len(own.received(queue)) == 1
        assert case.notes.batches() == [["1"], ["1"]]


def test_a_worker_that_was_paused_past_its_lease_does_no_harm(own: Outcomes) -> None:
    """Woken, it neither moves a position nor reports nor delivers: another one has handled the shard meanwhile."""
    case, queue = own.case("paused", ["1"], always=True, gate="go"), own.queue("paused")
    case.map(destination=queue, MaximumRetryAttempts=0)
    case.invocations(1)
    paused = own.workers[0]
    assert paused.child
    paused.child.send_signal(signal.SIGSTOP)
    own.worker("w2", LEASE_SECONDS=LEASE)
    case.does(gate="other")
    case.invocations(2)
    case.open("other")
    until(lambda: own.positions(case.mapping, 1) == case.ends(), 60, what="the second worker")
    case.put("2")
    case.invocations(3)
    case.open("go")
    paused.child.send_signal(signal.SIGCONT)
    until(lambda: "lease-lost" in paused.log.read_text(), 60, what="the first worker to notice")
    case.put("3")
    until(lambda: own.positions(case.mapping, 1) == case.ends(), 60, what="record 3")

    assert case.notes.batches() == [["1"], ["1"], ["2"], ["3"]]
    assert own.waiting(queue) == 0


def test_three_workers_of_which_one_is_always_being_killed_lose_nothing(own: Outcomes) -> None:
    """20 s of load on four shards, lanes and poison; a kill every few seconds; every record handled or reported."""
    own.worker("w2", LEASE_SECONDS=LEASE)
    own.worker("w3", LEASE_SECONDS=LEASE)
    poison = [str(number) for number in range(0, 900, 97)]
    case, queue = own.case("load", shards=4, poison=poison, sleep=0.01), own.queue("load")
    case.map(
        destination=queue,
        BatchSize=20,
        ParallelizationFactor=2,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
    ).enabled()
    seen, pace = [case.positions()], threading.Event()
    for number, worker in zip(range(18), cycle(own.workers), strict=False):
        case.put(*keyed(50, number * 50))
        pace.wait(1)
        if number % 3 == 2:
            worker.kill()
            worker.start()
        seen.append(case.positions())
    case.done()

    assert_in_order(case, 900)
    for before, after in pairwise(seen):
        assert all(rank(after[shard]) >= rank(position) for shard, position in before.items())
    found: set[str] = set()

    def all_reported() -> bool:
        found.update(one["KinesisBatchInfo"]["startSequenceNumber"] for one in own.received(queue, 0))
        return len(found) == len(poison)

    until(all_reported, 60, what="every poison record to be reported")


def test_order_holds_across_two_splits_and_a_merge_under_load(own: Outcomes) -> None:
    """Parents before children, whatever waits: each key's records in order, none lost and none twice."""
    case = own.case("reshard", sleep=0.02).map(BatchSize=20, ParallelizationFactor=3).enabled()
    kinesis, put = own.client("kinesis"), 0

    def more() -> None:
        nonlocal put
        case.put(*keyed(150, put))
        put += 150

    def split(shard: str, at: int) -> None:
        kinesis.split_shard(StreamName=case.stream, ShardToSplit=shard, NewStartingHashKey=str(at))
        until(lambda: len(case.ends()) > put // 150, 60, what="the children")
        more()

    more()
    split("shardId-000000000000", 2**127)
    split("shardId-000000000001", 2**126)
    kinesis.merge_shards(
        StreamName=case.stream, ShardToMerge="shardId-000000000004", AdjacentShardToMerge="shardId-000000000002"
    )
    more()
    case.done()

    assert_in_order(case, 600)
    assert len(case.notes.data()) == 600
    assert sorted(case.positions().values())[-4:] == ["SHARD_END"] * 4


def test_a_function_that_hangs_is_ended_and_reported(stack: Outcomes) -> None:
    """Timeout 3 s: a function error each time; the record is given up and the shard goes on."""
    name = stack.create_function(f"{stack.function}-hangs", Timeout=3)
    case, queue = stack.case("hangs", ["1", "2"], poison=["1"], how="hang"), stack.queue("hangs")
    case.map(name, destination=queue, BatchSize=1, MaximumRetryAttempts=1).done()
    (report,) = stack.received(queue)

    assert case.notes.batches() == [["1"], ["1"], ["2"]]
    assert report["responseContext"]["functionError"] == "Unhandled"


def test_a_function_that_exits_is_started_anew(stack: Outcomes) -> None:
    """Each attempt in an environment of its own."""
    case = stack.case("exits", ["1", "2"], poison=["1"], how="exit").map(BatchSize=1, MaximumRetryAttempts=2)

    assert case.done() == [["1"]] * 3 + [["2"]]
    assert len({entry["pid"] for entry in case.notes.entries()[:3]}) == 3


def test_a_function_that_eats_memory_is_ended_and_the_worker_is_not(stack: Outcomes) -> None:
    """128 MB: the environment ends, the invocation is a function error, the shard goes on."""
    name = stack.create_function(f"{stack.function}-eats", MemorySize=128, Timeout=60)
    case, queue = stack.case("eats", ["1", "2"], poison=["1"], how="eat"), stack.queue("eats")
    case.map(name, destination=queue, BatchSize=1, MaximumRetryAttempts=0).done()
    (report,) = stack.received(queue)

    assert case.notes.batches() == [["1"], ["2"]]
    assert report["responseContext"]["functionError"] == "Unhandled"


def test_a_function_that_prints_a_megabyte_succeeds(stack: Outcomes) -> None:
    """Its output holds nobody up."""
    case = stack.case("prints", ["1", "2", "3"], how="print").map(BatchSize=1)

    assert case.done() == [["1"], ["2"], ["3"]]


def test_an_answer_of_seven_megabytes_is_a_function_error(stack: Outcomes) -> None:
    """Function.ResponseSizeTooLarge: retried, then reported."""
    case, queue = stack.case("large", ["1"], how="large"), stack.queue("large")
    case.map(destination=queue, MaximumRetryAttempts=1).done()
    (report,) = stack.received(queue)

    assert case.notes.batches() == [["1"], ["1"]]
    assert report["responseContext"]["functionError"] == "Unhandled"


def test_a_function_that_is_deleted_while_mapped_costs_no_attempt(stack: Outcomes) -> None:
    """Retries 0, and yet the record waits until there is a function of that name again; the mapping stays enabled."""
    name = stack.create_function(f"{stack.function}-mortal")
    case = stack.case("mortal").map(name, MaximumRetryAttempts=0).enabled()
    stack.api.delete_function(FunctionName=name)
    case.put("1")
    refused = "not-invoked"
    until(lambda: refused in stack.workers[0].log.read_text(), 60, what="a refused invocation")

    assert case.described()["State"] == "Enabled"

    stack.create_function(name)

    assert case.done() == [["1"]]


def rank(position: str) -> int:
    """Positions in their order."""
    return 10**60 if position == "SHARD_END" else int(position) if position.isdigit() else 0
