"""Processes under measurement: started, paused, asked what they cost, ended; each with all of its children."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cloud.wait import until
from stack.health import missing
from stack.settings import ROOT

PATIENCE = 30  # seconds until a process must be healthy


@dataclass
class Process:
    """`python -m` with these arguments. health: its address; log: where its output goes."""

    arguments: list[str]
    health: str
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    child: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.child
        return self.child.pid

    def start(self) -> None:
        """Start it and wait until it is healthy. Raises Unavailable."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: not missing(self.health), PATIENCE, what=" ".join(self.arguments), interval=0.05)

    def end(self) -> None:
        """End it, politely first."""
        if self.child:
            self.child.send_signal(signal.SIGCONT)
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.child = None


@contextmanager
def running(process: Process) -> Iterator[Process]:
    """A process for the length of a block."""
    try:
        process.start()
        yield process
    finally:
        process.end()


@contextmanager
def paused(pids: Iterable[int]) -> Iterator[None]:
    """For the length of a block these processes do nothing (SIGSTOP), and go on after it."""
    stopped = list(pids)
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its living children have used."""
    return sum(map(_cpu, _tree(pid)))


def memory(pid: int) -> int:
    """Bytes of memory that a process and its children have in use (RSS; shared pages count for each)."""
    return sum(map(_rss, _tree(pid)))


def memories(pid: int) -> tuple[int, list[int]]:
    """Bytes of memory of a process, and of each of its children."""
    own, *children = [_rss(process) for process in _tree(pid)] or [0]
    return own, children


@dataclass
class Meter:
    """CPU of a set of processes from its making on. pids: name -> process id."""

    pids: Mapping[str, int]
    clock: Callable[[], float] = time.perf_counter

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._before = {name: cpu(pid) for name, pid in self.pids.items()}

    def used(self) -> dict[str, float]:
        """Seconds of CPU by name."""
        return {name: cpu(pid) - self._before[name] for name, pid in self.pids.items()}

    def shares(self) -> dict[str, float]:
        """Share of one core by name."""
        elapsed = max(1e-9, self.clock() - self._began)
        return {name: seconds / elapsed for name, seconds in self.used().items()}


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _rss(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0
