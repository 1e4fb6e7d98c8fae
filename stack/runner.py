"""What both ways to run the stack can do: Processes (target local) and Containers (target docker)."""

from dataclasses import dataclass
from typing import Protocol

from stack.progress import Progress


@dataclass(frozen=True)
class BoxState:
    """A box as `make ps` shows it. seconds: since it was started; health: "healthy", or what it misses."""

    name: str
    state: str
    where: str
    seconds: int
    health: str
    address: str


class Runner(Protocol):
    """One stack, run in one way."""

    def running(self) -> bool:
        """Whether anything of it runs."""

    def start(self, progress: Progress) -> None:
        """Start what does not run, in order, and return when all is healthy. Harmless when it is. Raises StackError
        naming the box that does not come up and the end of its log."""

    def stop(self) -> None:
        """Stop everything; keep the state."""

    def forget(self) -> None:
        """Stop everything and forget the state that does not lie in FOGBANK_HOME."""

    def states(self) -> list[BoxState]:
        """The boxes, in order."""

    def follow(self, names: list[str], lines: int, forever: bool) -> None:
        """Print the boxes' last lines, of all or of those named; forever: and what comes, until Ctrl-C."""

    def kill(self, name: str) -> None:
        """Kill a box with SIGKILL, as a crash would; it comes back by itself."""
