"""Kinesis' limits per shard, for exercises about them: KINESIS_THROTTLE=1. No emulator enforces them by itself.

1000 records/s and 1 MiB/s in, 5 GetRecords/s and 2 MiB/s out
(https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

MIB = 1024 * 1024
WRITES = {"records": 1000.0, "bytes": 1.0 * MIB}  # per second
READS = {"calls": 5.0, "bytes": 2.0 * MIB}


@dataclass
class _Bucket:
    rate: float
    level: float
    at: float

    def refill(self, now: float) -> None:
        self.level = min(self.rate, self.level + (now - self.at) * self.rate)
        self.at = now


@dataclass
class Throttle:
    """One second's allowance per shard and direction; what is taken beyond it must be made good first.

    So a GetRecords of 10 MiB is answered, and the next ones are refused for about 5 s, as on AWS.
    """

    clock: Callable[[], float]
    buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def admit_write(self, shard: str, size: int) -> bool:
        """Whether the shard takes one more record of so many bytes now."""
        return self._take(shard, WRITES, {"records": 1, "bytes": size})

    def admit_read(self, shard: str) -> bool:
        """Whether the shard takes one more GetRecords now."""
        return self._take(shard, READS, {"calls": 1, "bytes": 0})

    def count_read(self, shard: str, size: int) -> None:
        """So many bytes were returned."""
        self._bucket(shard, "bytes", READS).level -= size

    def _take(self, shard: str, rates: dict[str, float], amounts: dict[str, int]) -> bool:
        buckets = {name: self._bucket(shard, name, rates) for name in amounts}
        if any(bucket.level < min(amounts[name], 1) for name, bucket in buckets.items()):
            return False
        for name, bucket in buckets.items():
            bucket.level -= amounts[name]
        return True

    def _bucket(self, shard: str, name: str, rates: dict[str, float]) -> _Bucket:
        direction = "in" if rates is WRITES else "out"
        bucket = self.buckets.setdefault((shard, direction + name), _Bucket(rates[name], rates[name], self.clock()))
        bucket.refill(self.clock())
        return bucket
