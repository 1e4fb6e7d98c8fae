"""Lanes: who gets a record, and how far a shard is done."""

from collections import Counter

from services.worker.polling.lanes import Ledger, lane_of
from services.worker.polling.record import Record


def keyed(key: str) -> Record:
    return Record("1", 0, {"kinesis": {"partitionKey": key}})


def test_a_key_has_one_lane_in_every_process() -> None:
    """The hash is fixed: these lanes are written down."""
    assert [lane_of(keyed(key), 10) for key in ("a", "b", "c")] == [7, 1, 5]
    assert {lane_of(keyed(str(number)), 1) for number in range(50)} == {0}


def test_keys_are_spread_over_all_lanes() -> None:
    """A thousand keys: no lane of ten has more than twice its share."""
    shares = Counter(lane_of(keyed(str(number)), 10) for number in range(1000))

    assert len(shares) == 10
    assert max(shares.values()) < 200


def test_a_table_is_spread_by_its_items() -> None:
    """The item's key, however its attributes are ordered."""
    one, other = (
        Record("1", 0, {"dynamodb": {"Keys": keys}})
        for keys in ({"a": {"S": "x"}, "b": {"N": "1"}}, {"b": {"N": "1"}, "a": {"S": "x"}})
    )

    assert lane_of(one, 10) == lane_of(other, 10)


def test_the_mark_is_below_the_first_record_that_is_not_done() -> None:
    """A lane that is ahead does not move it; the one behind moves it past both."""
    ledger = Ledger()
    for sequence, lane in (("1", 0), ("2", 1), ("3", 1), ("4", 0)):
        ledger.add(sequence, lane)
    marks = []
    for lane, count in ((1, 1), (0, 1), (1, 1), (0, 1)):
        ledger.finish(lane, count)
        marks.append(ledger.mark)

    assert marks == ["", "2", "3", "4"]


def test_records_of_one_number_are_done_together() -> None:
    """Unpacked from an aggregate: the number counts when the last of them is done."""
    ledger = Ledger()
    for sequence in ("1", "2", "2", "2"):
        ledger.add(sequence, 0)
    ledger.finish(0, 3)

    assert ledger.mark == "1"

    ledger.finish(0, 1)

    assert ledger.mark == "2"


def test_what_nobody_has_is_done_when_all_before_it_is() -> None:
    """Filtered records move the mark, but not past a record in hand."""
    ledger = Ledger()
    ledger.passed("5")

    assert ledger.mark == "5"

    ledger.add("6", 0)
    ledger.passed("9")
    ledger.passed("TRIM_HORIZON")

    assert ledger.mark == "5"

    ledger.finish(0, 1)

    assert ledger.mark == "9"
