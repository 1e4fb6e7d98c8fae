"""The memory limit of functions: a watch that looks at every busy environment a few times a second.

What counts is the memory that the process and all its children hold for themselves, not the libraries that they share.
A kernel limit (RLIMIT_DATA, set by the launcher) stands a gigabyte above, for what grows between two looks: it alone
will not do, because programs such as Node.js reserve far more than they use, and because Lambda kills the process where
the kernel merely refuses.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from services.worker.execution.limits import PROCESSES

SLACK = 1024 * 1024 * 1024  # bytes between a function's memory and what the kernel lets it have
_INTERVAL = 0.05  # seconds between two looks
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Used:
    """pids: the process and its children; memory: bytes, all together."""

    pids: tuple[int, ...]
    memory: int


@dataclass(frozen=True)
class _Watched:
    limit: int
    stop: Callable[[Used], None]


class MemoryWatch:
    """One per worker. It costs a timer while something runs, and nothing while all is idle."""

    def __init__(self, interval: float = _INTERVAL) -> None:
        self.interval = interval
        self._watched: dict[int, _Watched] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, pid: int, limit: int, stop: Callable[[Used], None]) -> None:
        """Call stop, once, when the process uses more than limit bytes or has too many children."""
        self._watched[pid] = _Watched(limit, stop)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.interval, self._look)

    def end(self, pid: int) -> None:
        self._watched.pop(pid, None)

    def _look(self) -> None:
        for pid, watched in list(self._watched.items()):
            used = measure(pid)
            if used.memory > watched.limit or len(used.pids) > PROCESSES:
                self.end(pid)
                watched.stop(used)
        again = self._watched
        self._timer = asyncio.get_running_loop().call_later(self.interval, self._look) if again else None


def measure(pid: int) -> Used:
    """What a process and its children use now."""
    if sys.platform != "linux":
        return Used((pid,), _resident(pid))
    pids = tuple(_family(pid))
    return Used(pids, sum(map(_private, pids)))


def peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes; 0 when it is gone."""
    try:
        status = _read(f"/proc/{pid}/status")
        return int(status.split(b"VmHWM:", 1)[1].split(maxsplit=1)[0]) * 1024
    except (OSError, IndexError, ValueError):
        return _resident(pid)


def _family(pid: int) -> Iterator[int]:
    """The process and its descendants, as far as there are not absurdly many."""
    waiting, found = [pid], 0
    while waiting and found <= PROCESSES:
        current = waiting.pop()
        found += 1
        yield current
        try:
            for thread in os.listdir(f"/proc/{current}/task"):  # noqa: PTH208 -- often done: paths cost more than reads
                waiting += map(int, _read(f"/proc/{current}/task/{thread}/children").split())
        except OSError:  # it has just ended, or this kernel does not tell
            continue


def _private(pid: int) -> int:
    try:
        _, resident, shared, *_ = map(int, _read(f"/proc/{pid}/statm").split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * _PAGE


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 -- as above
        return file.read()


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
