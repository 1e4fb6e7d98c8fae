"""Whether anything was written: the stream's records, counted in Kinesis itself."""

from datetime import UTC, datetime

from demo import stream


class Written:
    """What the stream took since this was made. Nobody else writes while a test runs."""

    def __init__(self, name: str) -> None:
        self._stream = name
        self._since = datetime.now(UTC)
        self._before = stream.count(name, self._since)

    def records(self) -> int:
        """How many records were written since then, of whatever content."""
        return stream.count(self._stream, self._since) - self._before
