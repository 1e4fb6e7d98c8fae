"""The game's clients without sampling: a process of its own, `python -m bench.producer < wish.json`.

Every gamer's client collects a second's events into one aggregated record; the gamers' seconds begin one after the
other, so that the load is even. What is due goes out in one PutRecords, by an open loop.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import orjson

from bench.aggregate import aggregated
from bench.load import answer
from bench.schedule import Schedule
from cloud import clients

TICK = 0.05  # seconds between two PutRecords


@dataclass(frozen=True)
class Wish:
    """events: a second of each gamer; seconds: how long."""

    stream: str
    gamers: int
    events: int
    seconds: float


@dataclass
class Sent:
    """events: accepted; refused: aggregated records that were not; late: seconds of the latest put's delay."""

    events: int = 0
    records: int = 0
    refused: int = 0
    cpu: float = 0.0
    late: float = 0.0


def produce(wish: Wish) -> Sent:
    """Send all of it."""
    sent, number, gamers_due, pause = Sent(), 0, 0.0, threading.Event()
    start, cpu, gamer = time.monotonic(), _cpu(), 0
    for moment, _ in Schedule(1 / TICK, wish.seconds).moments():
        pause.wait(max(0.0, start + moment - time.monotonic()))
        sent.late = max(sent.late, time.monotonic() - start - moment)
        gamers_due += wish.gamers * TICK
        entries, begun = [], number
        while gamers_due >= 1:
            gamers_due -= 1
            key, gamer = f"gamer-{gamer}", (gamer + 1) % wish.gamers
            entries.append({"PartitionKey": key, "Data": aggregated(key, _events(number, wish.events))})
            number += wish.events
        if entries:
            _put(wish.stream, entries, sent, number - begun)
    sent.cpu = (_cpu() - cpu) / (time.monotonic() - start)
    return sent


def _put(stream: str, entries: Sequence[Mapping[str, object]], sent: Sent, events: int) -> None:
    answer = clients.client("kinesis").put_records(StreamName=stream, Records=entries)
    refused = answer["FailedRecordCount"]
    sent.refused += refused
    sent.records += len(entries)
    sent.events += events * (len(entries) - refused) // len(entries)


def _events(first: int, count: int) -> list[bytes]:
    """Events as the game raises them: numbered, with the moment they are sent."""
    now = time.time()
    return [
        orjson.dumps(
            {"Number": number, "Sent": now, "Type": "move", "X": number % 640, "Y": 400, "Score": number % 9999}
        )
        for number in range(first, first + count)
    ]


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def main() -> None:
    """Read a Wish from standard input, write what was Sent to standard output."""
    wish = Wish(**orjson.loads(sys.stdin.buffer.read()))
    answer(asdict(produce(wish)))


if __name__ == "__main__":
    main()
