"""When records become a batch."""

from services.worker.execution.limits import PAYLOAD
from services.worker.polling import record
from services.worker.polling.buffer import Buffer
from services.worker.polling.record import Record

from .records import records


def test_without_a_window_whatever_was_read_is_a_batch() -> None:
    """5 records, batch size 2: batches of 2, 2 and 1 at once (recorded)."""
    buffer = Buffer()
    buffer.add(records(1, 2, 3, 4, 5), now=0)

    sizes = [len(buffer.take(2, 0, now=0)) for _ in range(4)]

    assert sizes == [2, 2, 1, 0]


def test_a_window_holds_back_what_is_not_full() -> None:
    """Batch size 2, window 5 s, 5 records: [1,2] [3,4] at once, [5] when the window has passed (recorded)."""
    buffer = Buffer()
    buffer.add(records(1, 2, 3, 4, 5), now=0)

    assert buffer.take(2, 5, now=0) == records(1, 2)
    assert buffer.take(2, 5, now=0) == records(3, 4)
    assert buffer.take(2, 5, now=4.9) == ()
    assert buffer.take(2, 5, now=5) == records(5)


def test_the_end_of_a_shard_ends_the_window() -> None:
    """What is left when nothing more can come is delivered at once."""
    buffer = Buffer()
    buffer.add(records(1), now=0)

    assert buffer.take(2, 300, now=0, last=True) == records(1)


def test_an_event_never_exceeds_the_payload_limit() -> None:
    """Of records of 1 MiB, which take a third more in base64, four fit into an event; the fifth begins the next."""
    large = tuple(Record(str(number), 0, {"kinesis": {"data": "A" * 1_398_104}}) for number in range(5))
    buffer = Buffer()
    buffer.add(large, now=0)

    batch = buffer.take(100, 300, now=0)

    assert batch == large[:4]
    assert len(record.event(batch)) <= PAYLOAD


def test_a_record_that_can_never_fit_is_a_batch_of_its_own() -> None:
    """It is taken alone, so that only it fails."""
    huge = Record("1", 0, {"kinesis": {"data": "A" * PAYLOAD}})
    buffer = Buffer()
    buffer.add((huge, *records(2)), now=0)

    assert buffer.take(100, 0, now=0) == (huge,)
    assert buffer.take(100, 0, now=0) == records(2)
