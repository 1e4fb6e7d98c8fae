"""A stream outside of MiniStack, on disk in a test's folder, on a clock that stands until it is set."""

import threading
from pathlib import Path
from typing import Any

from cloud.cloudwatch import Aggregate
from services.emulator.monitoring import NAMESPACE, Monitoring
from services.emulator.sequence import SequenceNumbers
from services.emulator.stream_log import Stream, StreamLog, without_records
from services.emulator.streams import Streams
from services.emulator.traffic import Traffic

BEGIN = 1_700_000_000.0


class Clock:
    """Seconds since 1970."""

    def __init__(self, now: float = BEGIN) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class MiniStack:
    """What the mends use of MiniStack's module."""

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}
        self.esm_wake = threading.Event()

    def get_account_id(self) -> str:
        return "000000000000"

    def get_region(self) -> str:
        return "us-east-1"

    def _resolve_stream(self, request: dict[str, Any]) -> tuple[str, Stream | None]:
        return request["StreamName"], self._streams.get(request["StreamName"])


def traffic(folder: Path, clock: Clock, segment_bytes: int) -> Traffic:
    """The actions on records, and on shards in .streams, of a process that has just begun."""
    streams = Streams(MiniStack(), SequenceNumbers(clock), clock)
    return Traffic(streams, StreamLog(folder, segment_bytes), None, Monitoring(Aggregate(NAMESPACE)))


def after_a_kill(of: Traffic, folder: Path, clock: Clock) -> Traffic:
    """The next process, which has kinesis.json and the journals."""
    fresh = traffic(folder, clock, of.log.segment_bytes)
    for name, stream in of.streams.kinesis._streams.items():
        kept = without_records(stream)
        for shard in kept["shards"].values():
            shard["records"] = []
            fresh.streams.numbers.observe(shard["starting_sequence_number"])
        fresh.streams.kinesis._streams[name] = kept
    fresh.log.load(fresh.streams.kinesis._streams.values(), fresh.streams.numbers)
    return fresh
