"""Records that were read and wait to be a batch: full, or old enough, or as large as an invocation may be."""

from collections import deque
from collections.abc import Iterable
from math import inf

from services.worker.execution.limits import PAYLOAD
from services.worker.polling.record import Record

_FRAME = len(b'{"Records":[]}')


class Buffer:
    """One lane's surplus, in the shard's order."""

    def __init__(self) -> None:
        self._records: deque[tuple[Record, int]] = deque()
        self._since = 0.0
        self.size = 0
        """Bytes that the records take in events."""

    def __len__(self) -> int:
        return len(self._records)

    @property
    def head(self) -> Record | None:
        """The record that comes next."""
        return self._records[0][0] if self._records else None

    def add(self, records: Iterable[Record], now: float) -> None:
        """now: seconds of any clock; the same clock as take()'s."""
        if not self._records:
            self._since = now
        for record in records:
            self._records.append((record, record.size))
            self.size += self._records[-1][1]

    def take(
        self, size: int, window: float, now: float, *, last: bool = False, end: float = inf, frame: int = _FRAME
    ) -> tuple[Record, ...]:
        """The next batch of at most size records, empty while it is worth waiting for more.

        It is not when the batch is full, when its first record has waited for window seconds, or when no more can
        come (last). end: only records that arrived before (epoch seconds) belong together; frame: bytes of an event
        without its records.
        """
        batch, full = self._fit(size, end, PAYLOAD - frame)
        if not batch or not (full or last or now - self._since >= window):
            return ()
        for _ in batch:
            self.size -= self._records.popleft()[1]
        self._since = now
        return batch

    def holds(self, size: int) -> bool:
        """Whether a full batch of that size waits."""
        return len(self._records) >= size or self.size >= PAYLOAD

    def restart(self, now: float) -> None:
        """An invocation ended: the wait for a batch that is full begins anew."""
        self._since = max(self._since, now)

    def patience(self, window: float, now: float) -> float | None:
        """Seconds until what waits is old enough; None when nothing waits."""
        return max(0.0, self._since + window - now) if self._records else None

    def empty(self) -> list[Record]:
        """Give up all records."""
        records = [record for record, _ in self._records]
        self._records.clear()
        self.size = 0
        return records

    def _fit(self, size: int, end: float, room: int) -> tuple[tuple[Record, ...], bool]:
        batch: list[Record] = []
        for record, length in self._records:
            room -= length
            if len(batch) == size or (batch and (room < 0 or record.arrival >= end)):
                return tuple(batch), True
            batch.append(record)
        return tuple(batch), len(batch) == size
