"""What the front door says while it works: a moving line on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.text import Text


class Progress:
    """Use as a context: with Progress() as progress."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._status = self._console.status("") if sys.stdout.isatty() else None
        self._begin = time.monotonic()
        self._last: dict[str, str] = {}

    def __enter__(self) -> "Progress":
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(Text(line))

    def done(self, what: str, detail: str = "") -> None:
        """Something is ready; says how long after the beginning."""
        if self._status:
            self._status.update("")
        self.say(f"  {what:<11}ready after {time.monotonic() - self._begin:4.1f} s  {detail}".rstrip())

    def passing(self, what: str, line: str) -> None:
        """What a long command says just now: shown on a terminal only."""
        if self._status and line.strip():
            self._status.update(Text(f"  {what:<11}{line.strip()[:100]}"))

    def waiting(self, what: str, why: str) -> None:
        """What is being waited for and why: replaces itself on a terminal, is said once per change elsewhere."""
        line = f"  {what:<11}{why}"
        if self._status:
            self._status.update(Text(line))
        elif self._last.get(what) != why:
            self.say(line)
        self._last[what] = why
