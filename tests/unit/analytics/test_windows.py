"""Windows: rows are added up in the right one, come out when it is over, and survive being written down."""

import json
from decimal import Decimal
from typing import Any

import pytest

from services.analytics.parser import parse
from services.analytics.windows import Windows

TEXT = """CREATE TABLE t (Name STRING, At TIMESTAMP, D DECIMAL(12, 2), P INT, p AS PROCTIME(), WATERMARK FOR At AS At)
WITH ('connector' = 'kinesis', 'stream' = 'in', 'format' = 'json', 'json.ignore-parse-errors' = 'true');
CREATE TABLE s (Name STRING, Begin_ TIMESTAMP(3), Sum_ DECIMAL(12, 2), Least INT, Mean DOUBLE, Number BIGINT)
WITH ('connector' = 'kinesis', 'stream' = 'out', 'format' = 'json');
INSERT INTO s SELECT Name, {0}, SUM(D), MIN(P), AVG(P), COUNT(*) FROM {1} WHERE Name <> 'nobody'
GROUP BY {2}, Name HAVING COUNT(*) > 0"""
CLOCK = TEXT.replace(" p AS", " c AS").format(
    "TUMBLE_START(c, INTERVAL '1' MINUTE)", "t", "TUMBLE(c, INTERVAL '1' MINUTE)"
)
EVENT = TEXT.replace(" p AS", " c AS").format(
    "window_start", "TABLE(TUMBLE(TABLE t, DESCRIPTOR(At), INTERVAL '1' MINUTE))", "window_start, window_end"
)


def row(at: int, name: str, number: int) -> tuple[int, bytes]:
    """Read at this millisecond; its own time is the same."""
    when = f"1970-01-01 00:{at // 60000:02}:{at // 1000 % 60:02}.{at % 1000:03}"
    return at, json.dumps({"Name": name, "At": when, "D": number / 100, "P": number}).encode()


def lines(windows: Windows, watermark: int) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in windows.take(watermark)]


@pytest.mark.parametrize("text", [CLOCK, EVENT])
def test_a_window_comes_out_once_and_with_all_its_rows(text: str) -> None:
    """Added in two goes, it is one line per name; before its end there is none, after it nothing is left."""
    windows = Windows(parse(text))
    windows.add([row(1000, "a", 10), row(59_999, "a", 5), row(2000, "b", 7), row(60_000, "a", 1)], 0)
    windows.add([row(3000, "a", 3), row(4000, "nobody", 9)], 0)

    assert lines(windows, 59_999) == []
    assert windows.ends == [60_000, 120_000]
    first, second = lines(windows, 60_000)
    assert first == {
        "Name": "a", "Begin_": "1970-01-01 00:00:00", "Sum_": Decimal("0.18"), "Least": 3, "Mean": 6, "Number": 3
    }  # fmt: skip
    assert (second["Name"], second["Number"]) == ("b", 1)
    assert windows.ends == [120_000]


def test_rows_of_a_window_that_is_over_are_late_in_event_time() -> None:
    """They are counted and dropped; in processing time no row is late."""
    event, clock = Windows(parse(EVENT)), Windows(parse(CLOCK))

    assert event.add([row(1000, "a", 1), row(61_000, "a", 1)], 60_000) == (61_000, 1)
    assert event.ends == [120_000]
    assert clock.add([row(1000, "a", 1)], 60_000)[1] == 0


def test_what_is_dumped_and_loaded_goes_on_to_the_same_sums() -> None:
    """Decimals, times and names with quotes come back as they were."""
    windows, other = Windows(parse(EVENT)), Windows(parse(EVENT))
    windows.add([row(1000, 'it\'s "a"', 33), row(2000, "b", 1)], 0)
    other.load(json.loads(json.dumps(windows.dump())))
    for each in (windows, other):
        each.add([row(5000, 'it\'s "a"', 34)], 0)

    assert lines(other, 60_000) == lines(windows, 60_000) != []


def test_a_value_of_another_type_is_nothing() -> None:
    """With json.ignore-parse-errors a text where a number should be is NULL, and the row still counts."""
    windows = Windows(parse(CLOCK))
    windows.add([(1, b'{"Name": "a", "P": "many", "D": 1}'), (2, b'{"Name": "a", "P": 4}')], 0)

    assert lines(windows, 60_000)[0] | {"Begin_": ""} == {
        "Name": "a", "Begin_": "", "Sum_": Decimal("1.0"), "Least": 4, "Mean": Decimal("4.0"), "Number": 2
    }  # fmt: skip
