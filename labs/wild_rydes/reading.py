"""What a sensor says. Pure: no AWS here, so it is tested without.

A reading is one JSON object: Name, StatusTime ("YYYY-MM-DD HH:MM:SS.mmm", UTC), Latitude, Longitude (degrees), Distance
(metres since the last reading), MagicPoints, HealthPoints, InputData (free text).
"""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeGuard

Reading = Mapping[str, Any]

TROUBLE = 100
"""Points below which a unicorn needs somebody to look after it."""
VITAL_SIGNS = ("HealthPoints", "MagicPoints")
MOST = 1_000_000_000
"""Points that anybody can have."""


TOO_LARGE = Decimal("1E+126")
"""From here on DynamoDB has no numbers, and a page, which knows none from 2E+308 on, could not read the message."""


class Unreadable(ValueError):
    """A record that holds no reading."""


class Poisoned(ValueError):
    """A reading that the workshop's rule refuses: its InputData contains "error"."""


def data(record: Mapping[str, Any]) -> bytes:
    """The bytes that the producer put into a record of a Kinesis event."""
    return base64.b64decode(record["kinesis"]["data"])


def read(record: Mapping[str, Any]) -> Reading:
    """The reading in a record of a Kinesis event. Raises Unreadable when there is none."""
    try:
        return parse(data(record))
    except Unreadable as error:
        raise Unreadable(f"record {position(record)} {error}") from error


def parse(sent: bytes) -> Reading:
    """The reading that a sensor sent. Raises Unreadable for what is none.

    Fractions come as Decimal, so that a table gets the digits that the sensor sent.
    """
    try:
        reading = json.loads(sent.decode(), parse_float=_fraction, parse_constant=_no_number)
        json.dumps(reading, ensure_ascii=False, default=str).encode()  # half a character is no text, to nobody
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no JSON: {error}") from error
    if not isinstance(reading, dict):
        raise Unreadable("is no JSON object")
    return reading


def _fraction(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = TOO_LARGE
    if abs(number) >= TOO_LARGE:
        raise ValueError(f"{text} is too large a number")
    return number


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def wholesome(record: Mapping[str, Any]) -> Reading:
    """The reading in a record. Raises Poisoned for one that the workshop's rule refuses, Unreadable for none."""
    reading = read(record)
    if "error" in str(reading.get("InputData", "")).lower():
        raise Poisoned(f"record {position(record)} of {reading.get('Name')} is poisoned")
    for key in ("Name", "StatusTime"):
        if not isinstance(reading.get(key), str) or not reading[key]:
            raise Unreadable(f"record {position(record)} has no {key}")
    return reading


def position(record: Mapping[str, Any]) -> str:
    """Where the record stands in its shard."""
    return str(record["kinesis"]["sequenceNumber"])


def in_trouble(reading: Reading) -> bool:
    """Whether a vital sign is below TROUBLE."""
    return any(points < TROUBLE for points in vital_signs(reading).values())


def vital_signs(reading: Reading) -> dict[str, int]:
    """Those of the vital signs that the reading tells: whole points."""
    told = {sign: reading.get(sign) for sign in VITAL_SIGNS}
    return {sign: int(points) for sign, points in told.items() if _are_points(points)}


def _are_points(value: Any) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and -MOST <= value <= MOST
