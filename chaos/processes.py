"""Target local: boxes are processes of this machine."""

import os
import resource
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from chaos.clock.sitecustomize import WRONG_BY
from chaos.plan import Strike
from chaos.target import Target, Undo, cleaned
from chaos.way import Way, beside
from stack.apart import Stack


class Processes(Target):
    """home: FOGBANK_HOME; ports: as in Stack; proxy: the port of the way."""

    def __init__(self, home: Path, ports: Mapping[str, str], proxy: int) -> None:
        self.stack = Stack("local", home, {**ports, "FOGBANK_EMULATOR_PROXY_PORT": str(proxy)})
        self.proxy = proxy

    @contextmanager
    def opened(self) -> Iterator[Way]:
        upstream = f"http://127.0.0.1:{self.stack.ports['FOGBANK_EMULATOR_PORT']}"
        with beside(self.proxy, upstream) as way:
            try:
                self.stack.up()
                yield way
            finally:
                cleaned(self.stack)

    def stop(self, strike: Strike) -> Undo:
        pid = self.stack.pid(strike.box)
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def part(self, strike: Strike) -> Undo:
        raise ValueError(f"processes of one machine always reach each other, so {strike.box} cannot be cut off")

    def clock(self, strike: Strike) -> Undo:
        file = self.stack.home / "clocks" / strike.box
        file.write_bytes(WRONG_BY.pack(strike.wrong_by))
        return lambda: _set_right(file)

    def disk(self, strike: Strike) -> Undo:
        """Not the whole disk's, but what this box may add to its files: 0 bytes."""
        pid = self.stack.pid(strike.box)
        _limit(pid, 0)
        return lambda: _limit(pid, resource.RLIM_INFINITY)


def _set_right(file: Path) -> None:
    file.write_bytes(WRONG_BY.pack(0.0))


def _limit(pid: int, most: int) -> None:
    """Bytes that files of a box's processes may have; those that are longer stay as they are."""
    if not hasattr(resource, "prlimit"):
        raise ValueError("a disk can be full on Linux only")
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with suppress(ProcessLookupError):
            hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, hard))
