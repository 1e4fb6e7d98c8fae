"""Sets the starting point of one of the workshop's modules: what the modules before it have built, and nothing more.

    python -m labs.wild_rydes.modules 3        module 3 can begin
    python -m labs.wild_rydes.modules          the finished lab, which is bootstrap's again

May be repeated, and begun anywhere. Needs boto3 and nothing else; boto3's own variables say where it works. What the
workshop does not build by hand (archive, alerts, the visitors' identity pool) is left as it is.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import settings, summing, workshop
from .settings import Settings
from .workshop import AGGREGATOR, PROCESSOR, STREAM, SUMMARIES

PARAMETER = "/wild-rydes/module"
"""While it exists, bootstrap leaves the lab alone; lab.py says so."""


@dataclass(frozen=True)
class Start:
    """What there is when a module begins. processing: the processor's mapping; rows: in the table of readings."""

    about: str
    streams: bool = True
    processing: Settings | None = None
    rows: int = 0
    reports: bool = False
    aggregates: bool = False
    fans_out: bool = False
    sums: bool = False


MODULES = {
    1: Start("a stream", streams=False),
    2: Start("a function that keeps every reading"),
    3: Start("errors and retries", processing=settings.PLAIN, rows=20),
    4: Start("errors and bisecting", processing=settings.RETRIES, rows=20),
    5: Start("a tumbling window", processing=settings.BISECT, rows=28),
    6: Start("checkpoints", processing=settings.BISECT, rows=28, aggregates=True),
    7: Start("enhanced fan-out", processing=settings.CHECKPOINT, rows=28, reports=True, aggregates=True),
    8: Start("sums in SQL", processing=settings.CHECKPOINT, rows=28, reports=True, aggregates=True, fans_out=True),
    9: Start(
        "the archive, asked in SQL",
        processing=settings.CHECKPOINT,
        rows=28,
        reports=True,
        aggregates=True,
        fans_out=True,
        sums=True,
    ),
}


def begin(module: int) -> None:
    """Set a module's starting point. Raises boto3's errors, and TimeoutError when something does not come about."""
    start = MODULES[module]
    workshop.keep(PARAMETER, str(module))
    _clear(start)
    if start.streams:
        workshop.stream(STREAM)
        workshop.stream(SUMMARIES)
    if start.processing:
        _process(start, start.processing)
    if start.aggregates:
        workshop.table("UnicornAggregation", "name", "windowStart")
        workshop.function(AGGREGATOR, "aggregator", "UnicornAggregation")
        workshop.mapping(AGGREGATOR, workshop.arn_of(STREAM), settings.WINDOW)
    if start.sums:
        summing.begin()


def give_back() -> None:
    """Take away what was built by hand, and leave the lab to bootstrap, which completes it."""
    _clear(Start("", streams=True))
    workshop.forget(PARAMETER)


def _clear(start: Start) -> None:
    summing.remove()
    for name in (PROCESSOR, AGGREGATOR):
        workshop.remove_mappings(name)
    workshop.remove_consumer(STREAM, "con1")
    for name in (PROCESSOR, AGGREGATOR):
        workshop.remove_function(name)
    for name in ("UnicornSensorData", "UnicornAggregation"):
        workshop.remove_table(name)
    if start.processing:
        workshop.empty_queue("wildrydes-queue")
    else:
        workshop.remove_queue("wildrydes-queue")
    if not start.streams:
        for name in (STREAM, SUMMARIES):
            workshop.remove_stream(name)


def _process(start: Start, processing: Settings) -> None:
    """Table, queue, function and mapping, and rows that came the workshop's way: through the stream."""
    workshop.table("UnicornSensorData", "Name", "StatusTime")
    queue = workshop.queue("wildrydes-queue")
    workshop.function(PROCESSOR, "checkpoint" if start.reports else "processor", "UnicornSensorData")
    failures: Any = {"DestinationConfig": {"OnFailure": {"Destination": queue}}}
    uuid = workshop.mapping(PROCESSOR, workshop.arn_of(STREAM), {**settings.PLAIN, **failures})
    workshop.fill("UnicornSensorData", start.rows)
    if start.fans_out:
        workshop.remove_mappings(PROCESSOR)
        workshop.mapping(PROCESSOR, workshop.consumer(STREAM, "con1"), {**processing, **failures})
    elif processing is not settings.PLAIN:
        workshop.change_mapping(uuid, {**processing, **failures})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 with the reason when it cannot be done."""
    parser = argparse.ArgumentParser(prog="modules", description=__doc__.split("\n")[0])
    parser.add_argument("module", type=int, nargs="?", choices=MODULES, help="none: the finished lab")
    module = parser.parse_args(arguments).module
    try:
        if module:
            begin(module)
            print(f"module {module}, {MODULES[module].about}: ready; see labs/wild_rydes/README.md")
        else:
            give_back()
            print("the finished lab: bootstrap creates what is missing within seconds")
    except (BotoCoreError, ClientError, TimeoutError) as error:
        print(f"modules: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
