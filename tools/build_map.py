"""Cuts the map of the Wild Rydes page out of two atlases: python tools/build_map.py. For maintainers; needs npm.

us-atlas (US Census Bureau) gives states and counties, and the shores of the Great Lakes; world-atlas (Natural Earth)
gives the coast, finer than the former, and Canada. Both are TopoJSON; what is written is TopoJSON on the same grids.
"""

import base64
import hashlib
import io
import itertools
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "wild-rydes" / "data"
PACKAGES = {
    "us-atlas@3.0.1": "wEIZCq0ImPvGblTd8gZMqNNCPkQshugMUG/8nkSWXb02+XqNFREg9atHOKP9w6prLZTpqcLhSvdBW81MkV3/0Q==",
    "world-atlas@2.0.2": "IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
}
STATES = {
    "09": "Connecticut", "10": "Delaware", "11": "District of Columbia", "23": "Maine", "24": "Maryland",
    "25": "Massachusetts", "33": "New Hampshire", "34": "New Jersey", "36": "New York", "39": "Ohio",
    "42": "Pennsylvania", "44": "Rhode Island", "50": "Vermont", "51": "Virginia", "54": "West Virginia",
}  # fmt: skip
CANADA = "124"
BOX = (-82.5, 36.0, -60.0, 50.0)  # degrees: west, south, east, north

Point = tuple[int, int]
Topology = dict[str, Any]


def main() -> None:
    """Write the three files of the map."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        us, world = (_package(name, Path(folder)) for name in PACKAGES)
    _write("northeast.topo.json", northeast(_read(us, "counties-10m.json")))
    _write("coast.topo.json", clipped(_read(world, "land-10m.json"), "land", None))
    _write("canada.topo.json", clipped(_read(world, "countries-10m.json"), "countries", CANADA))


def northeast(topology: Topology) -> Topology:
    """The states of STATES and their counties, with no arc that they do not use."""
    objects = topology["objects"]
    counties = [one for one in objects["counties"]["geometries"] if one["id"][:2] in STATES]
    states = [one for one in objects["states"]["geometries"] if one["id"] in STATES]
    used: dict[int, int] = {}
    chosen = {
        "counties": [_geometry(one, used) for one in counties],
        "states": [_geometry(one, used) for one in states],
    }
    return {
        "type": "Topology",
        "transform": topology["transform"],
        "objects": {name: {"type": "GeometryCollection", "geometries": found} for name, found in chosen.items()},
        "arcs": [topology["arcs"][number] for number in used],
    }


def clipped(topology: Topology, name: str, which: str | None) -> Topology:
    """One object, or the one of its geometries with that id, cut at BOX: a MultiPolygon whose rings are an arc each."""
    rings: list[list[Point]] = []
    polygons: list[list[list[int]]] = []
    box = _on_grid(topology["transform"])
    for polygon in _polygons(topology["objects"][name], which):
        inside = [ring for arcs in polygon if (ring := _cut(_ring(topology, arcs), box))]
        if inside:
            polygons.append([[len(rings) + number] for number in range(len(inside))])
            rings += inside
    return {
        "type": "Topology",
        "transform": topology["transform"],
        "objects": {name: {"type": "MultiPolygon", "arcs": polygons}},
        "arcs": [_deltas(ring) for ring in rings],
    }


def _geometry(geometry: dict[str, Any], used: dict[int, int]) -> dict[str, Any]:
    """A geometry with its arcs numbered anew."""

    def renumber(arcs: Any) -> Any:
        if isinstance(arcs, list):
            return [renumber(one) for one in arcs]
        number = used.setdefault(arcs if arcs >= 0 else ~arcs, len(used))
        return number if arcs >= 0 else ~number

    return {"type": geometry["type"], "id": geometry["id"], "arcs": renumber(geometry["arcs"])}


def _polygons(thing: dict[str, Any], which: str | None) -> Iterator[list[list[int]]]:
    if thing["type"] == "GeometryCollection":
        for one in thing["geometries"]:
            if which is None or one.get("id") == which:
                yield from _polygons(one, which)
    elif thing["type"] == "Polygon":
        yield thing["arcs"]
    else:
        yield from thing["arcs"]


def _ring(topology: Topology, arcs: list[int]) -> list[Point]:
    """The points of a ring on the topology's grid."""
    points: list[Point] = []
    for number in arcs:
        x = y = 0
        arc: list[Point] = []
        for dx, dy in topology["arcs"][number if number >= 0 else ~number]:
            x, y = x + dx, y + dy
            arc.append((x, y))
        if number < 0:
            arc.reverse()
        points += arc[1:] if points else arc
    return points


def _on_grid(transform: dict[str, Any]) -> tuple[int, int, int, int]:
    scale, translate = transform["scale"], transform["translate"]
    west, south, east, north = BOX

    def on_grid(value: float, axis: int) -> int:
        steps: float = (value - translate[axis]) / scale[axis]
        return round(steps)

    return on_grid(west, 0), on_grid(south, 1), on_grid(east, 0), on_grid(north, 1)


def _cut(ring: list[Point], box: tuple[int, int, int, int]) -> list[Point]:
    """The part of a ring inside the box, by Sutherland and Hodgman's algorithm; empty when there is none."""
    west, south, east, north = box
    for axis, bound, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        ring = list(_cut_at(ring, axis, bound, sign))
    return [*ring, ring[0]] if len(ring) > 2 else []


def _cut_at(ring: list[Point], axis: int, bound: int, sign: int) -> Iterator[Point]:
    for before, point in zip([ring[-1], *ring[:-1]] if ring else [], ring, strict=True):
        inside, was_inside = ((one[axis] - bound) * sign >= 0 for one in (point, before))
        if inside != was_inside:
            yield _crossing(before, point, axis, bound)
        if inside:
            yield point


def _crossing(a: Point, b: Point, axis: int, bound: int) -> Point:
    other = a[1 - axis] + round((b[1 - axis] - a[1 - axis]) * (bound - a[axis]) / (b[axis] - a[axis]))
    return (bound, other) if axis == 0 else (other, bound)


def _deltas(ring: list[Point]) -> list[list[int]]:
    """A ring as TopoJSON writes it, each point as its distance from the one before, without points that stand still."""
    steps = [list(ring[0])]
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        if (ax, ay) != (bx, by):
            steps.append([bx - ax, by - ay])
    return steps


def _package(name: str, folder: Path) -> bytes:
    """A package's archive, as npm has it, if it is the one that was looked at."""
    command = ["npm", "pack", "--json", name]
    told = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)[0]
    archive = folder.joinpath(told["filename"]).read_bytes()
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != PACKAGES[name]:
        raise SystemExit(f"{name} is not what it was: sha512-{digest}")
    return archive


def _read(archive: bytes, name: str) -> Topology:
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        member = files.extractfile(f"package/{name}")
        assert member
        topology: Topology = json.loads(member.read())
    return topology


def _write(name: str, topology: Topology) -> None:
    text = json.dumps(topology, separators=(",", ":"))
    (TARGET / name).write_text(text + "\n")
    sys.stdout.write(f"{name}: {len(text)} bytes\n")


if __name__ == "__main__":
    main()
