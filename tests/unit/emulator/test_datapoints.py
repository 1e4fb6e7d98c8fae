"""A metric's datapoints, coarser with age, beside all that were put; MiniStack makes the statistics of both."""

import json
import random
import sys
from typing import Any

import pytest
from ministack.services import cloudwatch

from services.emulator.datapoints import AS_THEY_CAME, BY_THE_SECOND, Datapoints, Point
from tests.unit.emulator.streams import BEGIN as FIRST

MINUTE, HOUR, DAY = 60, 3600, 86400
BEGIN = FIRST // MINUTE * MINUTE
PERCENTILES = ("p0", "p50", "p90", "p100")


def point(time: float, **value: Any) -> Point:
    """As MiniStack makes one: a Value, a Value and its Count, or a statistic set."""
    return {"Timestamp": time, "Unit": "Count", "Dimensions": {"a": "b"}, "Value": 0.0, **value}


def sums(samples: float, total: float, least: float, most: float) -> Any:
    return {"_stat": {"SampleCount": samples, "Sum": total, "Minimum": least, "Maximum": most}}


def some(chance: random.Random, kind: str) -> Any:
    """A datapoint's value. kind: what the metric is made of."""
    number = chance.choice([0.1, 0.7, 3.0, 12.5])
    if kind == "sets" or (kind == "mixed" and chance.random() < 0.3):
        return sums(3, 3 * number + 1, number / 2, number + 2)
    if kind == "negative":
        return {"Value": -number}
    return chance.choice([{"Value": number}, {"Value": number, "Count": 4.0}, sums(2, 2 * number, number, number)])


def statistics(points: Any, period: int) -> dict[float, Any]:
    """What MiniStack tells of the points, by period."""
    periods: dict[float, list[Point]] = {}
    for one in points:
        periods.setdefault(one["Timestamp"] // period * period, []).append(one)
    found = {}
    for begin, each in periods.items():
        stats = cloudwatch._calc_stats(each)
        found[begin] = [*stats.values(), *(cloudwatch._stat_value(stats, name, each) for name in PERCENTILES)]
    return {begin: [None if value is None else round(value, 6) for value in each] for begin, each in found.items()}


@pytest.mark.parametrize("kind", ["values", "sets", "mixed", "negative"])
@pytest.mark.parametrize("seed", range(4))
def test_statistics_stay_the_same_however_old_they_get(kind: str, seed: int) -> None:
    """Of periods of a minute and more; of a second for three hours. Some come late; the process begins anew."""
    chance = random.Random(seed)
    made, put, now = Datapoints(cloudwatch._point_stats), list[Point](), BEGIN
    for _ in range(600):
        now += chance.choice([1, 20, MINUTE, 10 * MINUTE])
        late = chance.choice([0, 0, 0, 5 * MINUTE, 5 * HOUR])
        put.append(point(now - late, **some(chance, kind)))
        made.append(put[-1])
        if chance.random() < 0.3:
            made.condense(now, 0)
        if chance.random() < 0.02:
            kept = json.loads(json.dumps(made.kept()))
            made = Datapoints(cloudwatch._point_stats)
            made.take_up(kept)
    made.condense(now, 0)

    for period in (MINUTE, 5 * MINUTE, HOUR, DAY):
        assert statistics(made, period) == statistics(put, period)
    recent = now - BY_THE_SECOND + MINUTE
    young = [one for one in made if one["Timestamp"] >= recent]
    assert statistics(young, 1) == statistics([one for one in put if one["Timestamp"] >= recent], 1)
    assert len(made.newest) < 200 < len(made)
    assert made[0]["Dimensions"] == {"a": "b"}


def test_a_day_of_them_takes_little_memory() -> None:
    """Two sums of a minute come each minute, as our boxes send them."""
    chance, made = random.Random(1), Datapoints(cloudwatch._point_stats)
    for minute in range(24 * 60):
        for _ in range(2):
            many = chance.randrange(1, 3000)
            made.append(point(BEGIN + minute * MINUTE, **sums(many, many * 1.5, 1.0, 9.0 + many)))
        made.condense(BEGIN + minute * MINUTE, 0)
    held = sum(map(sys.getsizeof, (made.seconds, made.minutes, *(piece for _, piece in made.packed))))

    assert len(made) < 24 * 60 + 2 * AS_THEY_CAME / MINUTE + 3
    assert held < 60_000
    assert len(made.newest) < 20


def test_what_is_too_old_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed or not; a metric of which nothing is left says so."""
    monkeypatch.setattr("services.emulator.datapoints.PACKED", 10)
    made = Datapoints(cloudwatch._point_stats)
    for hour in range(200):
        made.append(point(BEGIN + hour * HOUR, Value=1.0))
    made.condense(BEGIN + 200 * HOUR, 0)
    assert made.packed
    made.condense(BEGIN + 200 * HOUR, BEGIN + 195 * HOUR)

    assert [one["Timestamp"] for one in made if one["Timestamp"] < BEGIN + 180 * HOUR] == []
    assert [one["Timestamp"] for one in made][-5:] == [BEGIN + hour * HOUR for hour in range(195, 200)]
    made.condense(BEGIN + 300 * HOUR, BEGIN + 300 * HOUR)
    assert not made


def test_points_of_an_earlier_file_are_taken_up() -> None:
    """They were dictionaries."""
    made = Datapoints(cloudwatch._point_stats)
    made.take_up([point(BEGIN, Value=2.0), point(BEGIN + 1, Value=4.0)])

    assert [one["Value"] for one in made] == [2.0, 4.0]


def test_units_stay_apart() -> None:
    """A sum has one."""
    made = Datapoints(cloudwatch._point_stats)
    made.append(point(BEGIN, Value=2.0))
    made.append({**point(BEGIN, Value=2.0), "Unit": "Bytes"})
    made.condense(BEGIN + DAY, 0)

    assert [one["Unit"] for one in made] == ["Count", "Bytes"]
