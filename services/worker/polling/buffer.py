"""Records that were read and wait to be a batch: full, or old enough, or as large as an invocation may be."""

from collections import deque
from collections.abc import Iterable

from services.worker.execution.limits import PAYLOAD
from services.worker.polling.record import Record

_FRAME = len(b'{"Records":[]}')


class Buffer:
    """One shard's surplus, in the shard's order."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque()
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._records)

    def add(self, records: Iterable[Record], now: float) -> None:
        """now: seconds of any clock; the same clock as take()'s."""
        if not self._records:
            self._since = now
        self._records.extend(records)

    def take(self, size: int, window: float, now: float, *, last: bool = False) -> tuple[Record, ...]:
        """The next batch of at most size records, empty while it is worth waiting for more.

        It is not when the batch is full, when its first record has waited for window seconds, or when no more can
        come (last).
        """
        batch, full = self._fit(size)
        if not batch or not (full or last or now - self._since >= window):
            return ()
        for _ in batch:
            self._records.popleft()
        self._since = now
        return batch

    def _fit(self, size: int) -> tuple[tuple[Record, ...], bool]:
        batch: list[Record] = []
        room = PAYLOAD - _FRAME
        for record in self._records:
            room -= record.size
            if len(batch) == size or (batch and room < 0):
                return tuple(batch), True
            batch.append(record)
        return tuple(batch), len(batch) == size
