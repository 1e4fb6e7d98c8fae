"""Where the unicorns were last seen, as pages are told of it. Pure.

A sighting is a reading without what no page shows, and with Age: for how long it has been in the stream, in ms. An age
needs no clock that two machines agree on.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .reading import Reading

SHOWN = ("Name", "StatusTime", "Latitude", "Longitude", "Distance", "MagicPoints", "HealthPoints")
LARGEST = 30_000  # bytes of readings in a message; API Gateway sends frames of up to 32 KB

Sighting = Mapping[str, Any]


class Sightings:
    """The newest reading of each unicorn."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[str, Reading]] = {}
        self._arrived: dict[str, float] = {}

    def add(self, reading: Reading, arrived: float) -> None:
        """Take a reading; arrived: seconds since 1970. What has no name or time is passed over, as pages would."""
        name, moment = reading.get("Name"), reading.get("StatusTime")
        if not isinstance(name, str) or not isinstance(moment, str):
            return
        self._arrived[name] = max(arrived, self._arrived.get(name, arrived))
        if name not in self._newest or moment >= self._newest[name][0]:
            self._newest[name] = (moment, reading)

    def told(self, now: float) -> list[Sighting]:
        """All of them; now: seconds since 1970."""
        return [
            {
                **{key: reading[key] for key in SHOWN if key in reading},
                "Age": max(0, round((now - self._arrived[name]) * 1000)),
            }
            for name, (_, reading) in self._newest.items()
        ]


def messages(sightings: Iterable[Sighting], **last: Any) -> Iterator[str]:
    """{"type": "readings", "readings": [...]} in as many messages as their size needs; last: said in the last one.

    At least one.
    """
    piece: list[str] = []
    size = 0
    for sighting in sightings:
        text = json.dumps(sighting, ensure_ascii=False, separators=(",", ":"), default=float)
        if piece and size + len(text.encode()) > LARGEST:
            yield _message(piece)
            piece, size = [], 0
        piece.append(text)
        size += len(text.encode()) + 1
    yield _message(piece, **last)


def _message(readings: Iterable[str], **more: Any) -> str:
    said = "".join(f",{json.dumps(key)}:{json.dumps(value)}" for key, value in more.items())
    return f'{{"type":"readings","readings":[{",".join(readings)}]{said}}}'
