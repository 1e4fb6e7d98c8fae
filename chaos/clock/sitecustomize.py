"""A box's wall clock, wrong on purpose: Python runs this file before a box's own code, on stacks of fault runs only.

`time.time` and `time.time_ns` go wrong by what the box's file says (eight bytes, a double, seconds), which the fault
run changes while the box runs. What waits does so by `time.monotonic`, which is right, as it is when a machine's clock
is set.
"""

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

WRONG_BY = struct.Struct("d")


def install(file: Path) -> None:
    """From now on the clock is wrong by what the file says; it is made, with 0, where it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(handle, WRONG_BY.size)
        shown = mmap.mmap(handle, WRONG_BY.size, prot=mmap.PROT_READ)
    finally:
        os.close(handle)
    right, right_ns = time.time, time.time_ns

    def wrong_by() -> float:
        return float(WRONG_BY.unpack_from(shown)[0])

    _replace("time", lambda: right() + wrong_by())
    _replace("time_ns", lambda: right_ns() + int(wrong_by() * 1e9))


def _replace(name: str, clock: Callable[[], float]) -> None:
    setattr(time, name, clock)


if folder := os.environ.get("FOGBANK_CLOCKS"):
    install(Path(folder) / os.environ.get("FOGBANK_BOX", "box"))
