"""ParallelizationFactor through Lambda's API: several batches of a shard at once, one key after the other."""

from collections.abc import Iterator

import pytest

from cloud.wait import until

from .outcome_stack import Case, Outcomes, outcomes

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with outcomes("ministack", tmp_path_factory.mktemp("lanes")) as made:
        yield made


def keyed(count: int, keys: int, start: int = 0) -> list[tuple[str, str]]:
    """Records "0", "1", ... in turn for so many keys."""
    return [(f"key{number % keys}", str(number)) for number in range(start, start + count)]


def test_batches_of_one_shard_run_at_once_and_keys_in_order(stack: Outcomes) -> None:
    """Factor 4: more than one batch and at most four at any time; each key's records are first seen in order."""
    case = stack.case("parallel", keyed(200, 20), sleep=0.1, late=True).map(ParallelizationFactor=4, BatchSize=10)
    case.done()

    assert 1 < most_at_once(case) <= 4
    assert case.notes.first_deliveries() == {
        f"key{key}": [str(number) for number in range(key, 200, 20)] for key in range(20)
    }
    assert len(case.notes.data()) == 200
    assert max(map(len, case.notes.batches())) <= 10


def test_a_blocked_key_blocks_its_lane_and_the_position(stack: Outcomes) -> None:
    """Unlimited retries of one key: the others go on, and the position stays before its record."""
    case = stack.case("blocked", [("key0", "poison"), *keyed(40, 8)], poison=["poison"])
    case.map(ParallelizationFactor=8, BatchSize=1)
    free = until(lambda: lanes_past(case, 4), 60, what="other lanes")

    assert case.notes.data().count("poison") >= 1
    assert "key0" not in free
    assert set(case.positions().values()) == {"TRIM_HORIZON"}

    case.does()
    case.done()

    assert case.notes.first_deliveries()["key0"] == ["poison", "0", "8", "16", "24", "32"]


def test_the_factor_changes_under_load_without_loss_or_disorder(stack: Outcomes) -> None:
    """1 to 5 to 2 lanes: what is in hand is done first; every record once, every key in order."""
    case = stack.case("changing", keyed(600, 12), sleep=0.02).map(BatchSize=10)
    for handled, factor in ((60, 5), (300, 2)):
        case.notes.wait(handled)
        stack.api.update_event_source_mapping(UUID=case.mapping, ParallelizationFactor=factor)
    case.done()

    assert len(case.notes.data()) == 600
    assert case.notes.first_deliveries() == {
        f"key{key}": [str(number) for number in range(key, 600, 12)] for key in range(12)
    }
    assert case.described()["ParallelizationFactor"] == 2


def test_each_lane_bisects_and_gives_up_its_own(stack: Outcomes) -> None:
    """Two poison records of different keys: each is cut out of its own lane's batches and reported alone."""
    case = stack.case("poisoned", keyed(64, 16), poison=["3", "40"], how="raise")
    queue = stack.queue("poisoned")
    case.map(
        destination=queue,
        ParallelizationFactor=10,
        BatchSize=8,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
    ).done()
    reports = stack.received(queue, 2)

    assert [report["KinesisBatchInfo"]["batchSize"] for report in reports] == [1, 1]
    assert [report["requestContext"]["approximateInvokeCount"] for report in reports] == [2, 2]
    assert set(case.notes.data()) == {str(number) for number in range(64)}


def test_the_factor_has_its_limits(stack: Outcomes) -> None:
    """1 to 10, in the words of Lambda's model."""
    case = stack.case("limits")
    for factor in (0, 11):
        with pytest.raises(Exception, match="arallelizationFactor"):
            case.map(ParallelizationFactor=factor)


def most_at_once(case: Case) -> int:
    """How many invocations overlapped."""
    entries = [(float(entry["started"]), float(entry["ended"])) for entry in case.notes.entries()]
    return max(sum(began <= moment < ended for began, ended in entries) for moment, _ in entries)


def lanes_past(case: Case, count: int) -> set[str]:
    """The keys of which at least so many records were seen; empty as long as there are fewer than three."""
    seen = case.notes.first_deliveries()
    past = {key for key, values in seen.items() if len(values) >= count and "poison" not in values}
    return past if len(past) >= 3 else set()
