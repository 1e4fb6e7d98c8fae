"""The watch over functions' memory."""

import os
import sys

import pytest

from cloud.wait import until_async
from services.worker.execution import memory
from services.worker.execution.memory import MemoryWatch, Used

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


def test_a_process_uses_memory_of_its_own() -> None:
    """What it shares with others is not counted against it."""
    before = memory.measure(os.getpid()).memory
    hoard = bytearray(os.urandom(1)) * 50_000_000

    after = memory.measure(os.getpid()).memory

    assert 40_000_000 < after - before < 80_000_000
    assert memory.peak(os.getpid()) >= after
    del hoard


def test_a_process_that_is_gone_uses_nothing() -> None:
    """It may end at any moment."""
    assert memory.measure(2**22 + 1).memory == 0
    assert memory.peak(2**22 + 1) == 0


async def test_whoever_uses_too_much_is_stopped_once() -> None:
    """And nobody else."""
    watch, stopped = MemoryWatch(interval=0.001), list[Used]()
    watch.begin(os.getpid(), 1, stopped.append)
    watch.begin(os.getppid(), 2**50, stopped.append)

    async def is_stopped() -> bool:
        return bool(stopped)

    await until_async(is_stopped, 30, interval=0.001)
    watch.end(os.getppid())
    await until_async(is_stopped, 30, interval=0.001)

    assert [used.pids[0] for used in stopped] == [os.getpid()]
