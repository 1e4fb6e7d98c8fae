"""What a function prints: one pipe for its standard output and error, read line by line, in order.

The end of it belongs to the invocation that is running (Invoke's LogType "Tail"), so the reader can be drained at
once: what the function printed before it answered is in the pipe by then.
"""

import asyncio
import os
from collections.abc import Callable

_READ = 65536  # bytes
_DRAIN = 64  # reads: a function that prints without end must not hold up the worker
_TAIL = 4096  # bytes, as the Invoke API promises
_LINE = 262144  # bytes, CloudWatch's largest event; a longer line is cut


class Output:
    """Reads the pipe as long as the event loop runs. emit gets the function's lines, without their ends; say: ours."""

    def __init__(self, emit: Callable[[list[str]], None], say: Callable[[str], None]) -> None:
        self.emit = emit
        self.note = say
        self._reader, self.writer = os.pipe()
        self._rest = b""
        self._tail = bytearray()
        os.set_blocking(self._reader, False)
        asyncio.get_running_loop().add_reader(self._reader, self._read)

    def started(self) -> None:
        """The process has its end of the pipe; ours is closed, so that the pipe ends with the process."""
        os.close(self.writer)
        self.writer = -1

    def say(self, line: str) -> None:
        """A line of the worker's own, among the function's: START, END, REPORT."""
        self._flush()
        self._keep(line.encode() + b"\n")
        self.note(line)

    def begin(self) -> None:
        """A new invocation: what was printed before is not its."""
        self._tail.clear()

    def tail(self) -> bytes:
        """The last 4 KB of what was printed since begin(), everything included that is in the pipe now."""
        self.drain()
        return bytes(self._tail)

    def drain(self) -> None:
        for _ in range(_DRAIN):
            if not self._read():
                return

    def close(self) -> None:
        """Read what is left and stop reading."""
        if self._reader < 0:
            return
        self.drain()
        self._flush()
        if self.writer >= 0:
            self.started()
        self._stop()

    def _read(self) -> bool:
        if self._reader < 0:
            return False
        try:
            data = os.read(self._reader, _READ)
        except BlockingIOError:
            return False
        if not data:
            self._flush()
            self._stop()
            return False
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        self._keep(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines:
            self.emit([_event(line) for line in lines])
        if len(self._rest) > _LINE:
            self._flush()

    def _keep(self, data: bytes) -> None:
        self._tail += data
        del self._tail[:-_TAIL]

    def _flush(self) -> None:
        if self._rest:
            line, self._rest = self._rest, b""
            self.emit([_event(line)])

    def _stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self._reader)
        os.close(self._reader)
        self._reader = -1


def _event(line: bytes) -> str:
    """The runtime clients join what belongs together, such as a traceback, by carriage returns."""
    return line.decode(errors="replace").rstrip("\r").replace("\r", "\n")
