"""The proxy as its owner sees it: told what to do, and asked how many calls it has met."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from cloud.errors import Unavailable
from stack.settings import ROOT


@dataclass
class Way:
    """The way from the boxes to the emulator. child: whose standard input and output are the proxy's.

    Orders may come from several threads.
    """

    child: "subprocess.Popen[bytes]"
    lock: threading.Lock = field(default_factory=threading.Lock)

    def mode(self, kind: str, share: float = 0.0, **more: int) -> int:
        """What the proxy does from now on; returns how many calls it has met so far."""
        assert self.child.stdin
        assert self.child.stdout
        with self.lock:
            self.child.stdin.write(orjson.dumps({"kind": kind, "share": share, **more}) + b"\n")
            self.child.stdin.flush()
            return int(self.child.stdout.readline())


@contextmanager
def beside(port: int, upstream: str) -> Iterator[Way]:
    """A proxy on this port to that address, for the length of a block. Raises Unavailable when the port is taken."""
    child = _begun(sys.executable, "-m", "chaos.proxy", "127.0.0.1", f"{port}={upstream}")
    try:
        assert child.stdout
        if child.stdout.readline() != b"ready\n":
            raise Unavailable(f"the proxy on port {port} did not start: is another run there? --port moves this one")
        yield Way(child)
    finally:
        _end(child)


@contextmanager
def attached(container: str) -> Iterator[Way]:
    """The proxy that runs in a container already, for the length of a block."""
    child = _begun("docker", "attach", "--sig-proxy=false", container)
    try:
        yield Way(child)
    finally:
        child.kill()
        child.communicate()


def _begun(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is not for it: until the stack has stopped, boxes need the way
    )


def _end(child: "subprocess.Popen[bytes]") -> None:
    """It ends with its standard input."""
    try:
        child.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
