"""What a fault run can do to the boxes of a target."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from subprocess import SubprocessError
from typing import Protocol

from chaos.plan import Strike
from chaos.way import Way
from stack.apart import Stack

Undo = Callable[[], None]


def cleaned(stack: Stack) -> None:
    """Stop it and forget its state; once more where something of it was still being started."""
    try:
        stack.clean()
    except (AssertionError, SubprocessError):
        stack.clean()


class Target(Protocol):
    """One stack. What lasts is begun by a method, which returns what ends it. Methods may be called from threads.

    All raise ValueError, OSError, AssertionError or SubprocessError when the box is down just then.
    """

    stack: Stack

    def opened(self) -> AbstractContextManager[Way]:
        """The stack and the way to its emulator, for the length of a block."""

    def kill(self, strike: Strike) -> None:
        """End the box as a crash would."""
        self.stack.kill(strike.box)

    def restart(self, strike: Strike) -> None:
        """End the box as the system would."""
        self.stack.restart(strike.box)

    def stop(self, strike: Strike) -> Undo:
        """The box does nothing, and does not know it."""

    def part(self, strike: Strike) -> Undo:
        """Nobody reaches the box, nor it anybody."""

    def clock(self, strike: Strike) -> Undo:
        """The box's clock is set wrong, and then right again."""

    def disk(self, strike: Strike) -> Undo:
        """The disk takes nothing more of what the box writes."""
