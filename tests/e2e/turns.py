"""Both targets' tests run beside each other; one that measures the machine has it to itself.

FOGBANK_TEST_TURNS names the folder of their locks. Without it there is nobody beside.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = os.environ.get("FOGBANK_TEST_TURNS")


@contextmanager
def turn(alone: bool) -> Iterator[None]:
    """Wait until a test may begin: alone when no other runs, any other when none runs alone."""
    if not FOLDER:
        yield
        return
    with (Path(FOLDER) / "door").open("w") as door, (Path(FOLDER) / "machine").open("w") as machine:
        fcntl.flock(door, fcntl.LOCK_EX)  # who waits to be alone keeps it, and nobody comes in before
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
