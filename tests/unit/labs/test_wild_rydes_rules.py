"""Wild Rydes' rules: what a reading is, what is summed up, who is told of, how the archive lies."""

import gzip
import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from labs.wild_rydes import archive, distance
from labs.wild_rydes.alert import alerts, subject
from labs.wild_rydes.reading import Poisoned, Unreadable, in_trouble, read, wholesome
from labs.wild_rydes.unicorn import Unicorn, names, status_time

from .records import record

GOOD = {"Name": "Shadowfax", "StatusTime": "2026-11-25 18:00:00.000", "Distance": 29.51, "InputData": ""}
NOON = 1_795_608_000.0  # 2026-11-25 12:00 UTC


def arriving(number: int, at: float, data: Any = None) -> dict[str, Any]:
    """A record that arrived at a time."""
    made = record("Shadowfax", number, data if data is not None else {"Name": str(number)})
    made["kinesis"]["approximateArrivalTimestamp"] = at
    return made


def lines(body: bytes) -> list[str]:
    return gzip.decompress(body).decode().splitlines()


def test_a_reading_keeps_the_digits_that_the_sensor_sent() -> None:
    """Fractions are Decimal, and the line's end does not matter."""
    reading = read(record("Shadowfax", 1, json.dumps(GOOD).encode() + b"\n"))

    assert reading["Distance"] == Decimal("29.51")


@pytest.mark.parametrize("data", [b"", b"no json", b"[1]", b'{"Distance": NaN}', b"\xff"])
def test_what_is_no_json_object_is_unreadable(data: bytes) -> None:
    """NaN is no JSON either."""
    with pytest.raises(Unreadable):
        read(record("x", 1, data))


@pytest.mark.parametrize("text", ["error", "an ERROR inside"])
def test_a_reading_with_error_in_its_text_is_poisoned(text: str) -> None:
    """Whatever its case."""
    with pytest.raises(Poisoned):
        wholesome(record("x", 1, GOOD | {"InputData": text}))


@pytest.mark.parametrize("missing", [{"Name": ""}, {"Name": 5}, {"StatusTime": None}])
def test_a_reading_that_has_no_key_is_not_wholesome(missing: dict[str, Any]) -> None:
    """The table's keys are text that is not empty."""
    with pytest.raises(Unreadable):
        wholesome(record("x", 1, GOOD | missing))


@pytest.mark.parametrize(
    ("signs", "expected"),
    [({"HealthPoints": 99}, True), ({"HealthPoints": 100, "MagicPoints": 100}, False), ({"MagicPoints": "9"}, False)],
)
def test_trouble_is_below_a_hundred(signs: dict[str, Any], expected: bool) -> None:
    """Of either sign; text is no figure."""
    assert in_trouble(signs) is expected


def test_a_windows_distance_loses_no_digit() -> None:
    """A tenth a thousand times is a hundred."""
    state: dict[str, Any] = {}
    for _ in range(1000):
        state = distance.add(state, [{"Name": "Shadowfax", "Distance": Decimal("0.1")}])

    assert state == {"distance": "100.0", "name": "Shadowfax"}
    window = {"start": "2026-11-25T18:00:00Z", "end": "2026-11-25T18:01:00Z"}
    assert distance.item(state, window, "shardId-7") == {
        "name": "Shadowfax",
        "windowStart": "2026-11-25T18:00:00Z",
        "windowEnd": "2026-11-25T18:01:00Z",
        "distance": 100,
        "shardId": "shardId-7",
    }


@pytest.mark.parametrize(
    "sent",
    [
        b'{"Name": "\\ud800"}',
        b'{"Name": "\xed\xa0\x80"}',
        '{"Name": "Ada"}'.encode("utf-16"),
        b'{"Name": "Ada", "Distance": 1e126}',
        b'{"Name": "Ada", "Distance": -1e999}',
        b'{"Name": "Ada", "Distance": 1e9999999999999999999}',
    ],
)
def test_what_nobody_behind_could_pass_on_is_no_reading(sent: bytes) -> None:
    """Half a character is no text, and some numbers are too large: a page's message, an alert or the archive would
    fail because of them, and everybody else's readings with it."""
    with pytest.raises(Unreadable):
        read(record("x", 1, sent))


def test_a_vital_sign_that_is_no_figure_does_not_stop_the_alerts() -> None:
    """A sign below a hundred is told of, whatever stands in the place of the other."""
    others: list[Any] = [None, "9", [], True, Decimal("1E+20"), 10**400]
    for other in others:
        readings: list[dict[str, Any]] = [{"Name": "Ada", "HealthPoints": 90, "MagicPoints": other}]
        assert list(alerts(readings)) == [{"Name": "Ada", "StatusTime": "", "HealthPoints": 90}]
    assert subject({"Name": " Ada"}) == "Ada needs looking after"


def test_one_alert_per_unicorn_and_batch() -> None:
    """The last reading in trouble counts; the healthy and the nameless are not told of."""
    readings: list[dict[str, Any]] = [
        {"Name": "Ada", "HealthPoints": 90, "MagicPoints": 120},
        {"Name": "Ada", "HealthPoints": 80, "MagicPoints": 120},
        {"Name": "Bo", "HealthPoints": 150, "MagicPoints": 150},
        {"HealthPoints": 1},
    ]

    assert list(alerts(readings)) == [{"Name": "Ada", "StatusTime": "", "HealthPoints": 80, "MagicPoints": 120}]
    assert subject({"Name": "Zoë\n" + "x" * 200}).startswith("Zo??x")
    assert len(subject({"Name": "x" * 200})) <= 100


def test_an_archives_object_is_of_one_hour_and_named_after_its_first_record() -> None:
    """Records before and after the hour lie in two objects."""
    first, second = archive.runs([arriving(1, NOON - 2), arriving(2, NOON - 1), arriving(3, NOON)])

    assert archive.key("raw", first) == "raw/year=2026/month=11/day=25/hour=11/shardId-000000000000-1.jsonl.gz"
    assert archive.key("raw", second) == "raw/year=2026/month=11/day=25/hour=12/shardId-000000000000-3.jsonl.gz"
    assert lines(archive.readable(first)) == ['{"Name": "1"}', '{"Name": "2"}']


def test_what_is_no_reading_is_kept_apart() -> None:
    """As base64; a reading of several lines takes one."""
    run = [arriving(1, NOON, b"\x00"), arriving(2, NOON, b'{"Name":\n "2"}\n')]

    assert lines(archive.unreadable(run)) == ['{"Data": "AA=="}']
    assert lines(archive.readable(run)) == ['{"Name":  "2"}']
    assert archive.unreadable(run[1:]) == b""
    assert archive.readable(run[:1]) == b""


def test_a_unicorn_flies_straight_on_at_thirty_metres_a_second() -> None:
    """Its positions are as far apart as it says, its moments never the same."""
    unicorn = Unicorn("Shadowfax", Random(7))
    first, second = unicorn.report(NOON), unicorn.report(NOON + 1)
    north = (second["Latitude"] - first["Latitude"]) * 110_540
    east = (second["Longitude"] - first["Longitude"]) * 111_320 * 0.7576

    assert (north**2 + east**2) ** 0.5 == pytest.approx(second["Distance"], abs=0.5)
    assert 29 <= second["Distance"] <= 31
    assert abs(second["HealthPoints"] - first["HealthPoints"]) <= 1
    assert unicorn.report(NOON + 1)["StatusTime"] == "2026-11-25 12:00:01.001"


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    """ "YYYY-MM-DD HH:MM:SS.mmm"."""
    assert status_time(NOON + 0.0456) == "2026-11-25 12:00:00.046"


def test_several_unicorns_have_numbers() -> None:
    """One alone has none."""
    assert names("Rocinante", 1) == ["Rocinante"]
    assert names("R", 1000)[::999] == ["R-0001", "R-1000"]
