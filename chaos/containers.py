"""Target docker: boxes are containers; the way is one more, by docker-compose.chaos.yml."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chaos.plan import Strike
from chaos.target import Target, Undo, cleaned
from chaos.way import Way, attached
from stack.apart import Stack

PATIENCE = 60  # seconds that the engine may take
LIMIT = """
import os, resource, sys
me, most = os.stat("/proc/self").st_uid, int(sys.argv[1])
for name in filter(str.isdecimal, os.listdir("/proc")):
    try:
        if int(name) != os.getpid() and os.stat(f"/proc/{name}").st_uid == me:
            hard = resource.prlimit(int(name), resource.RLIMIT_FSIZE)[1]
            resource.prlimit(int(name), resource.RLIMIT_FSIZE, (most, hard))
    except (FileNotFoundError, ProcessLookupError):
        pass
"""
NETWORK = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}"
SET = "import pathlib, struct, sys; pathlib.Path('/tmp/clocks/box').write_bytes(struct.pack('d', float(sys.argv[1])))"


class Containers(Target):
    """home: FOGBANK_HOME; ports: as in Stack; proxy: the port of the way."""

    def __init__(self, home: Path, ports: Mapping[str, str], proxy: int) -> None:
        self.stack = Stack("docker", home, {**ports, "FOGBANK_EMULATOR_PROXY_PORT": str(proxy)})

    @contextmanager
    def opened(self) -> Iterator[Way]:
        try:
            self._up()
            with attached(self.stack.where("way")) as way:
                yield way
        finally:
            cleaned(self.stack)

    def _up(self) -> None:
        """Twice where it must be: on a busy machine all containers together may need longer than one `up` waits."""
        try:
            self.stack.up()
        except (AssertionError, subprocess.SubprocessError):
            self.stack.up()

    def stop(self, strike: Strike) -> Undo:
        container = self.stack.where(strike.box)
        _docker("pause", container)
        return lambda: _quietly("unpause", container)

    def part(self, strike: Strike) -> Undo:
        """Out of the stack's network, and back under the name that the others know."""
        container = self.stack.where(strike.box)
        network = _docker("inspect", "--format", NETWORK, container)
        _docker("network", "disconnect", network, container)
        return lambda: _quietly("network", "connect", "--alias", strike.box, network, container)

    def clock(self, strike: Strike) -> Undo:
        container = self.stack.where(strike.box)
        _python(container, SET, strike.wrong_by)
        return lambda: _python(container, SET, 0)

    def disk(self, strike: Strike) -> Undo:
        container = self.stack.where(strike.box)
        _python(container, LIMIT, 0)
        return lambda: _python(container, LIMIT, -1)


def _python(container: str, program: str, argument: float) -> None:
    _docker("exec", container, "python", "-S", "-c", program, str(argument))


def _quietly(*arguments: str) -> None:
    _docker(*arguments)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout.strip()
