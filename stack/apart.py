"""A stack apart: started and stopped by the front door, as a user would, on ports and with state of its own.

The end-to-end tests, the benchmarks and the fault runs each have one; a stack started by `make up` goes on beside it.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloud import clients
from cloud.wait import until
from stack.settings import ROOT

BACK = 60  # seconds in which a box that was killed must be back


@dataclass
class Stack:
    """A stack in FOGBANK_HOME home. target: "local" or "docker"; ports: FOGBANK_*_PORT and what else boxes are told."""

    target: str
    home: Path
    ports: Mapping[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    """By which programs on this machine reach it, once it is up."""

    @property
    def emulators(self) -> tuple[str, ...]:
        """The boxes that hold state."""
        if self.target == "local":
            return ("emulator",)
        return ("ministack",) if self.ports.get("EMULATOR") == "ministack" else ("localstack", "ministack")

    def up(self) -> None:
        """Start it and wait until it is healthy."""
        self.front_door("up", timeout=600)
        variables = (line.removeprefix("export ") for line in self.front_door("env").splitlines())
        self.environ = dict(shlex.split(line)[0].split("=", 1) for line in variables)

    def clean(self) -> None:
        """Stop it and forget its state."""
        self.front_door("clean", timeout=300)

    def front_door(self, *arguments: str, timeout: float = 60) -> str:
        """What `python -m stack` prints; raises with all of it when it fails."""
        with subprocess.Popen(
            [sys.executable, "-m", "stack", *arguments],
            cwd=ROOT,
            env={**_plain(), "FOGBANK_HOME": str(self.home), "MODE": self.target, "FOLLOW": "0", **self.ports},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            said, complained = _heard(child, timeout)
        if child.returncode:
            raise AssertionError(f"stack {' '.join(arguments)}: {child.returncode}\n{said}\n{complained}")
        return said

    def kill(self, name: str) -> None:
        """End a box as a crash would."""
        self.front_door("kill", name)

    def restart(self, name: str) -> None:
        """Stop a box as the system would, with time to save its state; it comes back."""
        if self.target == "local":
            os.kill(self.pid(name), signal.SIGTERM)
        else:
            _docker("restart", self.where(name))

    def wipe(self, name: str) -> None:
        """End an emulator and delete its state, so that it comes back empty."""
        if self.target == "local":
            pid = self.pid(name)
            os.kill(pid, signal.SIGSTOP)  # or it would write its state once more
            for file in (self.home / "emulator").iterdir():
                shutil.rmtree(file) if file.is_dir() else file.unlink()
            os.kill(pid, signal.SIGKILL)
        else:
            self._wipe_container(self.where(name))

    def pid(self, name: str) -> int:
        """The process of a box, on target local."""
        return int(self.where(name).removeprefix("process "))

    @staticmethod
    def _wipe_container(container: str) -> None:
        image = _docker("inspect", "--format", "{{.Config.Image}}", container).strip()
        helper = ("run", "--rm", "--user", "0", "--volumes-from", container, "--entrypoint", "sh", image)
        _docker("kill", container)
        _docker(*helper, "-c", "rm -rf /var/lib/fogbank/* /var/lib/localstack/state")
        _docker("start", container)

    def wait_for(self, name: str, timeout: float = BACK) -> None:
        """Wait until a box is healthy."""
        until(lambda: self._state(name)["health"] == "healthy", timeout, what=f"{name} to be healthy", interval=0.5)

    def where(self, name: str) -> str:
        """Where a box runs: "process 123", or a container's name."""
        return str(self._state(name)["where"])

    def _state(self, name: str) -> dict[str, Any]:
        """What the front door says of a box, asked in a process of its own, like all that the front door does."""
        command = [sys.executable, "-c", _STATES, str(self.home), name]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        state = json.loads(printed.stdout)
        assert isinstance(state, dict)
        return state


@contextmanager
def leading_to(environ: Mapping[str, str]) -> Iterator[None]:
    """For the length of a block this process's AWS clients, and its children's, reach what these variables name."""
    before = dict(os.environ)
    os.environ.update(environ)
    clients.client.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        clients.client.cache_clear()


def _heard(child: "subprocess.Popen[str]", timeout: float) -> tuple[str, str]:
    """What it prints until it ends. A child that is not waited for any longer stops what it began: killed, it would
    leave a Compose behind that goes on starting containers."""
    try:
        return child.communicate(timeout=timeout)
    except BaseException:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.communicate(timeout=BACK)
        child.kill()
        raise


_STATES = """
import dataclasses, json, sys
from stack import state
from stack.commands import runner_for
boxes = runner_for(state.remembered({"FOGBANK_HOME": sys.argv[1]})).states()
print(json.dumps(next(dataclasses.asdict(box) for box in boxes if box.name == sys.argv[2])))
"""


def docker_answers() -> bool:
    """Whether this machine has a Docker engine."""
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True).stdout


def _plain() -> dict[str, str]:
    """The environment without what leads the caller's own clients."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FOGBANK_"))}
