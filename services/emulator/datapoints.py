"""The datapoints of one CloudWatch metric, the older the coarser, as CloudWatch has it: MiniStack keeps each as a
dictionary of a dictionary for two weeks.

For some minutes datapoints stay as they came; for three hours they are sums by the second, then by the minute, and of
these all but the newest are packed. A sum is samples, total, minimum and maximum: all that statistics are made of.
Percentiles need values, so single values are summed only with their equals, unless there is something beside them in
that second or minute for which there are no percentiles anyway.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Metric
"""

import zlib
from array import array
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

Point = dict[str, Any]

AS_THEY_CAME = 180  # seconds
BY_THE_SECOND = 3 * 60 * 60  # seconds
PACKED = 240  # sums in one piece


class Sums(NamedTuple):
    """Datapoints of one second or minute. time: epoch seconds; unit: its place in the metric's list of units."""

    time: float
    unit: float
    samples: float
    total: float
    least: float
    most: float

    @property
    def single(self) -> bool:
        """Whether it is one value, so often."""
        return 0 <= self.least == self.most and self.total == self.least * self.samples


class Datapoints(Sequence[Point]):
    """They look to MiniStack like its own list. stats: samples, total, minimum and maximum of one of its points."""

    def __init__(self, stats: Callable[[Point], Sequence[float]]) -> None:
        self.stats = stats
        self.dimensions: dict[str, str] = {}
        self.units: list[str] = []
        self.newest: list[Point] = []
        self.seconds = array("d")
        self.minutes = array("d")
        self.packed: list[tuple[float, bytes]] = []  # time of the newest sum, sums

    def append(self, point: Point) -> None:
        """Add a datapoint as MiniStack makes it."""
        self.dimensions = point["Dimensions"]
        self.newest.append(point)

    def __iter__(self) -> Iterator[Point]:
        for sums in self._sums():
            yield self._point(sums)
        yield from [*self.newest]

    def __len__(self) -> int:
        return len(self.newest) + sum(1 for _ in self._sums())

    def __bool__(self) -> bool:
        return bool(self.newest or self.seconds or self.minutes or self.packed)

    def __getitem__(self, place: Any) -> Any:
        if place == 0:  # the one that MiniStack asks for
            return next(iter(self))
        return list(self)[place]

    def condense(self, now: float, forget: float) -> None:
        """Make older ones coarser, and let go of those before a time. In epoch seconds."""
        self._sum_up(now - AS_THEY_CAME)
        before = (now - BY_THE_SECOND) // 60 * 60
        if self.seconds and min(self.seconds[:: len(Sums._fields)]) < before:
            old, young = _split(_rows(self.seconds), before)
            self.seconds = _array(young)
            self.minutes.extend(_array(summed_up(old, 60)))
        while len(self.minutes) > 2 * PACKED * len(Sums._fields):
            self._pack()
        self.packed = [piece for piece in self.packed if piece[0] >= forget]
        if self.minutes and min(self.minutes[:: len(Sums._fields)]) < forget:
            self.minutes = _array(_split(_rows(self.minutes), forget)[1])

    def kept(self) -> Any:
        """What a file of state holds of them."""
        return {
            "dimensions": self.dimensions, "units": self.units, "newest": self.newest,
            "seconds": _text(self.seconds.tobytes()), "minutes": _text(self.minutes.tobytes()),
            "packed": [(newest, _text(piece)) for newest, piece in self.packed],
        }  # fmt: skip

    def take_up(self, kept: Any) -> None:
        """What kept() gave, or a list of points as MiniStack's files have it."""
        if isinstance(kept, list):
            for point in kept:
                self.append(point)
            return
        self.dimensions, self.units = kept["dimensions"], kept["units"]
        self.newest = [point for point in kept["newest"] if point["Value"] is not None]  # it was NaN
        self.seconds.frombytes(b64decode(kept["seconds"]))
        self.minutes.frombytes(b64decode(kept["minutes"]))
        self.packed = [(newest, b64decode(piece)) for newest, piece in kept["packed"]]

    def _sum_up(self, before: float) -> None:
        before = before // 60 * 60
        old = [point for point in self.newest if point["Timestamp"] < before]
        if old:
            self.newest = [point for point in self.newest if point["Timestamp"] >= before]
            sums = [Sums(point["Timestamp"], self._unit(point["Unit"]), *self.stats(point)) for point in old]
            self.seconds.extend(_array(summed_up([one for one in sums if one.samples > 0], 1)))

    def _unit(self, name: str) -> int:
        if name not in self.units:
            self.units.append(name)
        return self.units.index(name)

    def _pack(self) -> None:
        size = PACKED * len(Sums._fields)
        piece, self.minutes = self.minutes[:size], self.minutes[size:]
        columns = b"".join(piece[column :: len(Sums._fields)].tobytes() for column in range(len(Sums._fields)))
        self.packed.append((max(piece[:: len(Sums._fields)]), zlib.compress(columns)))

    def _sums(self) -> Iterator[Sums]:
        for _, piece in self.packed:
            columns = array("d", zlib.decompress(piece))
            yield from (Sums(*columns[row::PACKED]) for row in range(PACKED))
        yield from _rows(self.minutes)
        yield from _rows(self.seconds)

    def _point(self, sums: Sums) -> Point:
        return {
            "Timestamp": sums.time, "Unit": self.units[int(sums.unit)], "Dimensions": self.dimensions,
            "Value": sums.total / sums.samples,
            "_stat": {
                "SampleCount": sums.samples, "Sum": sums.total, "Minimum": sums.least, "Maximum": sums.most,
            },
        }  # fmt: skip


def summed_up(all_sums: Iterable[Sums], seconds: int) -> list[Sums]:
    """Sums of so many seconds, in the order of time."""
    groups = defaultdict[tuple[float, float], list[Sums]](list)
    for one in all_sums:
        groups[one.time // seconds * seconds, one.unit].append(one)
    return [sums for key in sorted(groups) for sums in _together(*key, groups[key])]


def _together(time: float, unit: float, group: list[Sums]) -> list[Sums]:
    if not all(one.single for one in group):
        samples, total = sum(one.samples for one in group), sum(one.total for one in group)
        return [Sums(time, unit, samples, total, min(g.least for g in group), max(g.most for g in group))]
    often = defaultdict[float, float](float)
    for one in group:
        often[one.least] += one.samples
    return [Sums(time, unit, samples, value * samples, value, value) for value, samples in often.items()]


def _rows(values: "array[float]") -> Iterator[Sums]:
    each = iter(values)
    while row := tuple(islice(each, len(Sums._fields))):
        yield Sums(*row)


def _split(all_sums: Iterable[Sums], time: float) -> tuple[list[Sums], list[Sums]]:
    """Those before a time, and the others."""
    found: tuple[list[Sums], list[Sums]] = [], []
    for one in all_sums:
        found[one.time >= time].append(one)
    return found


def _array(all_sums: Iterable[Sums]) -> "array[float]":
    return array("d", (value for one in all_sums for value in one))


def _text(data: bytes) -> str:
    return b64encode(data).decode()
