"""What benchmarks run against: a whole stack, or a rig of an emulator and workers; with ports and state of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig import Rig
from bench.settings import Scale
from stack.apart import Stack, leading_to
from stack.settings import Ports

SETTINGS = {"FOGBANK_GATEWAY_LOG_EVERY": "0", "FOGBANK_GATEWAY_CONNECTIONS": "12000"}
"""Of the stack under measurement: no lines about posts, and room for the sockets of growth's largest room."""


@dataclass
class Surroundings:
    """port: the first of the ports that may be used, about twenty; say: told what is being done, one step each time."""

    scale: Scale
    folder: Path
    port: int
    say: Callable[[str], None] = lambda _what: None
    _stack: Stack | None = None
    _rigs: int = 0
    _led: ExitStack = field(default_factory=ExitStack)

    @property
    def stack(self) -> Stack:
        """The stack, up; started when it is first asked for, and kept for the benchmarks that follow."""
        if self._stack is None:
            self.say("starting the stack")
            self._stack = self.fresh_stack("stack")
            self._stack.up()
            self._led.enter_context(leading_to(self._stack.environ))
        return self._stack

    def fresh_stack(self, name: str) -> Stack:
        """A stack that was never started, with state of its own; the caller cleans it. No other may be up."""
        self.rest()
        return Stack("local", self.folder / name, {**Ports.in_a_row(self.port).environment(), **SETTINGS})

    @contextmanager
    def rig(self) -> Iterator[Rig]:
        """An emulator and one worker, alone on the machine."""
        self.rest()
        self.say("starting an emulator and a worker")
        self._rigs += 1
        rig = Rig(self.folder / f"rig{self._rigs}", self.port)
        try:
            rig.start()
            with leading_to(rig.environ):
                yield rig
        finally:
            rig.close()

    def spare_port(self) -> int:
        """A port that neither stack nor rig uses."""
        return self.port + 19

    def rest(self) -> None:
        """Stop the stack and forget it."""
        if self._stack is not None:
            self._stack.clean()
            self._stack = None
            self._led.close()
