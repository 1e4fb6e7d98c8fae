"""What CloudWatch hears of streams."""

from cloud.cloudwatch import Aggregate
from services.emulator.monitoring import NAMESPACE, Monitoring

NOON = 1_795_608_000


def told(sums: Aggregate) -> dict[str, list[float]]:
    """Metric -> [samples, sum, minimum, maximum]."""
    taken = sums.take()
    assert {(series.dimensions, series.minute) for series in taken} <= {((("StreamName", "s"),), NOON)}
    return {series.metric: values for series, values in taken.items()}


def test_puts_of_both_kinds_come_in() -> None:
    """Records and bytes of all; of PutRecords also what was refused."""
    sums = Aggregate(NAMESPACE, lambda: NOON + 1)
    monitoring = Monitoring(sums)
    monitoring.put("s", 10)
    monitoring.put("s", 30)
    monitoring.put_many("s", [100, 100, 100], refused=2)
    found = told(sums)

    assert found["IncomingRecords"] == [3, 5, 1, 3]
    assert found["IncomingBytes"] == [3, 340, 10, 300]
    assert found["PutRecord.Success"] == [2, 2, 1, 1]
    assert found["PutRecords.Success"] == [1, 1, 1, 1]
    assert [found[f"PutRecords.{kind}Records"][1] for kind in ("Total", "Successful", "Throttled")] == [5, 3, 2]
    assert found["WriteProvisionedThroughputExceeded"][1] == 2


def test_what_is_refused_is_no_success() -> None:
    """Its mean is the share of calls that went well, as on AWS."""
    sums = Aggregate(NAMESPACE, lambda: NOON)
    monitoring = Monitoring(sums)
    monitoring.put("s", 1)
    monitoring.put_refused("s")
    monitoring.put_many("s", [], refused=1)
    monitoring.get_refused("s")
    found = told(sums)

    assert found["PutRecord.Success"] == [2, 1, 0, 1]
    assert found["PutRecords.Success"] == [1, 0, 0, 0]
    assert found["GetRecords.Success"] == [1, 0, 0, 0]
    assert found["IncomingRecords"][1] == 1
    assert found["ReadProvisionedThroughputExceeded"][1] == 1


def test_a_read_tells_how_far_behind_it_was_and_an_empty_one_nothing() -> None:
    """So that a stream that nobody writes to costs nothing."""
    sums = Aggregate(NAMESPACE, lambda: NOON)
    monitoring = Monitoring(sums)
    monitoring.got("s", 0, 0, 0)
    assert told(sums) == {}
    monitoring.got("s", 7, 700, 1500)
    found = told(sums)

    assert found["GetRecords.IteratorAgeMilliseconds"] == [1, 1500, 1500, 1500]
    assert (found["GetRecords.Records"][1], found["GetRecords.Bytes"][1]) == (7, 700)
