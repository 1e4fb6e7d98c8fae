"""The unicorns' sensors: each reports once a second into a Kinesis stream, until Ctrl-C. One "." is one put.

    python -m labs.wild_rydes.producer -name Rocinante -msgs 20

Needs boto3 and nothing else; boto3's own variables say where the stream is.
"""

import argparse
import itertools
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .delivery import Delivery
from .unicorn import POINTS, Unicorn, names

POISONED = 5  # which reading is the poisoned one when nobody says how many there will be
BEATS = 10  # batches of readings in a second, at most


@dataclass
class Herd:
    """count unicorns, each of which reports in its turn. limit: readings of each, None for no end."""

    unicorns: Sequence[Unicorn]
    limit: int | None
    error: bool
    clock: Any = time.time
    told: Iterator[int] = field(default_factory=itertools.count)

    def readings(self, count: int) -> Iterator[dict[str, Any]]:
        """The next so many readings; fewer when the limit is reached."""
        for number in itertools.islice(self.told, count):
            turn, which = divmod(number, len(self.unicorns))
            if self.limit is not None and turn >= self.limit:
                return
            poisoned = self.error and which == 0 and turn + 1 == self._poisoned()
            yield self.unicorns[which].report(self.clock(), poisoned=poisoned)

    def _poisoned(self) -> int:
        return (self.limit + 1) // 2 if self.limit else POISONED


def run(herd: Herd, delivery: Delivery, rate: float, stop: Event) -> int:
    """Deliver rate readings a second, evenly, until the herd or stop ends it; returns how many were delivered."""
    beat = max(1.0, rate / BEATS)  # readings between two puts
    started, due, put = time.monotonic(), 0.0, 0
    while not stop.is_set():
        before, due = int(due), due + beat
        readings = list(herd.readings(int(due) - before))
        put += delivery.put(readings)
        if len(readings) < int(due) - before:
            break
        stop.wait(max(0.0, started + due / rate - time.monotonic()))
    return put


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 also after Ctrl-C, 1 with the reason when the stream cannot be written."""
    asked = _parser().parse_args(arguments)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    unicorns = [Unicorn(name, Random(), asked.points) for name in names(asked.name, asked.count)]
    delivery = Delivery(boto3.client("kinesis"), asked.stream, stop, _dot)
    put = 0
    try:
        put = run(Herd(unicorns, asked.msgs, asked.error == "yes"), delivery, asked.rate or asked.count, stop)
    except (BotoCoreError, ClientError) as error:
        print(f"\nproducer: {error}", file=sys.stderr)
        return 1
    print(f"\n{put} readings put into {asked.stream}")
    return 0


def _dot() -> None:
    print(".", end="", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="producer", description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("-name", "--name", default="Shadowfax", help="the unicorn (default: %(default)s)")
    parser.add_argument("-stream", "--stream", default="wildrydes", help="the stream (default: %(default)s)")
    parser.add_argument("-error", "--error", choices=("yes", "no"), default="no", help="yes: one reading is poisoned")
    parser.add_argument("-msgs", "--msgs", type=_natural, metavar="N", help="stop after N readings of each unicorn")
    parser.add_argument("--count", type=_natural, default=1, metavar="N", help="so many unicorns, NAME-001 and so on")
    parser.add_argument(
        "--rate", type=_positive, metavar="R", help="readings a second, all together (default: one of each unicorn)"
    )
    parser.add_argument(
        "--points", type=_natural, default=POINTS, metavar="N", help="health and magic at the start (%(default)s)"
    )
    return parser


def _natural(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
