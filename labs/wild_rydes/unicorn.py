"""A unicorn on its way: straight on from New York, some thirty metres a second. Pure; time and chance are passed in."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

START = (40.749167, -73.985184)  # degrees of latitude and longitude
STEP = (29.0, 31.0)  # metres in a second
LATITUDE_DEGREE = 110_540.0  # metres
LONGITUDE_DEGREE = 111_320.0  # metres at the equator
POINTS = 150  # of magic and of health, at the start


@dataclass
class Unicorn:
    """One unicorn. moment: seconds since 1970 of its last reading; no two readings have the same millisecond."""

    name: str
    chance: Random
    points: int = POINTS
    moment: float = 0.0
    latitude: float = START[0]
    longitude: float = START[1]
    bearing: float = field(init=False)
    magic: int = field(init=False)
    health: int = field(init=False)

    def __post_init__(self) -> None:
        self.bearing = self.chance.uniform(0, 2 * math.pi)
        self.magic = self.health = self.points

    def report(self, now: float, *, poisoned: bool = False) -> dict[str, Any]:
        """Fly on until now and report. The first reading is from the start, without a distance to speak of."""
        seconds = now - self.moment if self.moment else 1.0
        distance = self.chance.uniform(*STEP) * max(seconds, 0.0)
        self.moment = max(now, self.moment + 0.001)
        self._move(distance)
        self.magic = max(0, self.magic + self.chance.choice((-1, 0, 1)))
        self.health = max(0, self.health + self.chance.choice((-1, 0, 1)))
        return {
            "Name": self.name,
            "StatusTime": status_time(self.moment),
            "Latitude": round(self.latitude, 6),
            "Longitude": round(self.longitude, 6),
            "Distance": round(distance, 2),
            "MagicPoints": self.magic,
            "HealthPoints": self.health,
            "InputData": "error: the sensor has hiccups" if poisoned else "",
        }

    def _move(self, distance: float) -> None:
        self.latitude += distance * math.cos(self.bearing) / LATITUDE_DEGREE
        width = LONGITUDE_DEGREE * max(math.cos(math.radians(self.latitude)), 0.01)
        self.longitude += distance * math.sin(self.bearing) / width


def status_time(seconds: float) -> str:
    """A moment as readings have it: "2026-11-25 18:30:00.123", UTC."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def names(first: str, count: int) -> list[str]:
    """The names of so many unicorns: "Shadowfax" alone, else "Shadowfax-001" and so on."""
    digits = max(3, len(str(count)))
    return [first] if count == 1 else [f"{first}-{number:0{digits}}" for number in range(1, count + 1)]
