"""What the functions of a benchmark note: one JSON line per invocation, in a file beside the rig's state."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cloud.wait import until


@dataclass
class Notes:
    """The notes of one function; several environments and workers write into one file, each line at once."""

    path: Path
    _seen: int = 0
    """Bytes that were read so far."""

    def new(self) -> list[dict[str, Any]]:
        """What was noted since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._seen)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._seen += len(whole)
        return [orjson.loads(line) for line in whole.splitlines()]

    def wait(self, records: int, timeout: float) -> list[dict[str, Any]]:
        """What was noted since the last call, once it is about so many records. Raises Unavailable."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found.extend(self.new())
            return sum(int(note["count"]) for note in found) >= records

        until(enough, timeout, what=f"{records} records to be handled", interval=0.01)
        return found
