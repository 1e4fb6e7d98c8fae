"""Where a mapping begins in a stream of an emulator, and how it goes on."""

import time
from collections.abc import Iterator

import pytest

from cloud.wait import until

from .worker_stack import Stack, running

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("starts")) as stack:
        stack.worker()
        yield stack


def test_at_timestamp_begins_with_the_first_record_that_is_not_older(stack: Stack) -> None:
    """To the millisecond, on every shard."""
    notes, arn = stack.function("timed"), stack.stream("Timed", shards=2)
    stack.put("Timed", *((f"k{number}", f"old{number}") for number in range(10)))
    moment = int(time.time() * 1000 + 2) / 1000
    until(lambda: time.time() > moment, 1, interval=0.001)
    stack.put("Timed", *((f"k{number}", f"new{number}") for number in range(10)))
    uuid = stack.mapping("timed", arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=moment)

    assert sorted(notes.wait(10)) == [f"new{number}" for number in range(10)]
    reply = stack.api.get_event_source_mapping(UUID=uuid)
    assert reply["StartingPositionTimestamp"].timestamp() == moment


def test_latest_does_not_move_while_nobody_reads(stack: Stack) -> None:
    """Enabled, and the worker killed before a record came: it is delivered when the worker is back."""
    notes, arn = stack.function("pinned"), stack.stream("Pinned", shards=2)
    stack.put("Pinned", ("a", "old"), ("b", "old"))
    stack.mapping("pinned", arn, StartingPosition="LATEST")
    stack.workers[0].kill()
    stack.put("Pinned", *((f"k{number}", f"new{number}") for number in range(10)))
    stack.workers[0].start()

    assert sorted(notes.wait(10)) == [f"new{number}" for number in range(10)]


def test_two_functions_of_one_stream_each_receive_everything(stack: Stack) -> None:
    """Mappings are independent readers."""
    one, two, arn = stack.function("reader-1"), stack.function("reader-2"), stack.stream("Twofold")
    stack.mapping("reader-1", arn)
    stack.mapping("reader-2", arn, BatchSize=1)
    stack.put("Twofold", *(("k", str(number)) for number in range(5)))

    assert one.wait(5) == two.wait(5) == [str(number) for number in range(5)]
