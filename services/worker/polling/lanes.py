"""Lanes: how a shard's records are spread over as many lines of work as its mapping's ParallelizationFactor says, and
how far the shard as a whole is done. Pure.

Records of one partition key are in one lane, one after the other; a key that is blocked blocks its lane only.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

import zlib
from collections import Counter, deque

import orjson

from services.worker.polling.record import Record


def lane_of(record: Record, factor: int) -> int:
    """The record's lane, 0 to factor-1: the same in every process and after every restart."""
    return zlib.crc32(_key(record)) % factor if factor > 1 else 0


def _key(record: Record) -> bytes:
    """The partition key; an item's key where the record is a change of a table."""
    kinesis = record.event.get("kinesis")
    if kinesis is not None:
        return str(kinesis["partitionKey"]).encode(errors="surrogatepass")
    return orjson.dumps(record.event.get("dynamodb", {}).get("Keys"), option=orjson.OPT_SORT_KEYS)


class Ledger:
    """What was read of a shard and is not done yet, in the shard's order."""

    def __init__(self) -> None:
        self.mark = ""
        """The highest sequence number up to which everything is done; empty as long as nothing is."""
        self._open: deque[tuple[str, int | None]] = deque()
        self._done: Counter[int | None] = Counter()

    def add(self, sequence: str, lane: int) -> None:
        """A record was read, and a lane has it."""
        self._open.append((sequence, lane))

    def passed(self, sequence: str) -> None:
        """The shard was read up to here; what nobody has (filtered records) is done."""
        newest = self._open[-1][0] if self._open else self.mark
        if sequence.isdigit() and int(sequence) > int(newest or 0):
            self._open.append((sequence, None))
            self._done[None] += 1
            self._advance()

    def finish(self, lane: int, count: int) -> None:
        """A lane is done with so many more of its records; each lane goes through its own in order."""
        self._done[lane] += count
        self._advance()

    def _advance(self) -> None:
        while self._open and self._done[self._open[0][1]]:
            sequence, lane = self._open.popleft()
            self._done[lane] -= 1
            # Records that were unpacked from one aggregate share its number: it is done when the last of them is.
            if not self._open or self._open[0][0] != sequence:
                self.mark = sequence
