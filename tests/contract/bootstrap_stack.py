"""An emulator, identity and a worker on free ports, for the contract tests of bootstrap and of Alien Attack."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Event

from rich.console import Console

from bootstrap import commands, settings
from bootstrap.engine import Engine
from bootstrap.kinds import kinds
from bootstrap.resolve import Place
from cloud.clients import client
from cloud.wait import until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PASSWORDS = {"MANAGER": "Manager-1", "ADA": "Lovelace-1", "LINUS": "Torvalds-1"}
SQL = {"analytics": "KINESIS_ANALYTICS_V2", "query": "ATHENA"}
"""The boxes that speak SQL -> what boto3 calls the services that they stand in for."""
PATIENCE = 60.0  # seconds; this machine may be busy with all the other tests


class Stack:
    """Everything below one folder. environ is what a shell would have set that looks at this stack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.emulator_port, self.worker_port, self.identity_port = free_port(), free_port(), free_port()
        self.ports = {"analytics": free_port(), "query": free_port(), "identity": self.identity_port}
        identity = f"http://127.0.0.1:{self.identity_port}"
        self.environ = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.emulator_port}",
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{self.worker_port}",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": identity,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY": identity,
            "FOGBANK_HOME": str(self.home),
            "FOGBANK_IDENTITY_PORT": str(self.identity_port),
            "FOGBANK_EMULATOR_PORT": str(self.emulator_port),
            "FOGBANK_WORKER_PORT": str(self.worker_port),
            "FOGBANK_POLL_INTERVAL_MS": "50",
            **{f"FOGBANK_PASSWORD_{username}": password for username, password in PASSWORDS.items()},
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *boxes: str) -> None:
        """Start boxes and wait until they are healthy; identity comes with the emulator."""
        for box in [one for one in boxes if one in SQL]:
            self.environ[f"AWS_ENDPOINT_URL_{SQL[box]}"] = f"http://127.0.0.1:{self.ports[box]}"
            self.environ[f"FOGBANK_{box.upper()}_PORT"] = str(self.ports[box])
        if "emulator" in boxes and "identity" not in self.running:
            boxes = (*boxes, "identity")
        for box in boxes:
            self.running[box] = self._process(f"services.{box}", box)
        for box in boxes:
            until(partial(_answers, self._health(box)), PATIENCE, what=box)

    def gateway(self) -> str:
        """Start a gateway that serves whatever labs there will be, and do not wait for them; its WebSocket address.

        Before bootstrap, which tells functions where it is.
        """
        port = str(free_port())
        address = f"127.0.0.1:{port}"
        self.environ |= {"FOGBANK_GATEWAY_PORT": port, "AWS_ENDPOINT_URL_API_GATEWAY": f"http://{address}"}
        self.running["gateway"] = self._process("services.gateway", "gateway")
        return f"ws://{address}"

    def kill(self, box: str) -> None:
        """SIGKILL."""
        self._end(self.running.pop(box), signal.SIGKILL)

    def forget(self) -> None:
        """Empty the emulator, as if it had come back without its state."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.emulator_port}/_ministack/reset", method="POST")
        urllib.request.urlopen(request, timeout=30).close()

    def lead(self) -> None:
        """From here on this process's clients find the stack's services, until the test or its module ends."""
        os.environ.update({name: value for name, value in self.environ.items() if name.startswith("AWS_")})
        client.cache_clear()

    def engine(self) -> Engine:
        """bootstrap's engine, in this process; the environment must be the stack's."""
        place = Place("us-east-1")
        chosen = settings.from_env(self.environ)
        return Engine(kinds(settings.ROOT, place, chosen.password), place, Event())

    def run(self, command: str) -> tuple[int, list[str]]:
        """Run a command of bootstrap in this process; returns its exit code and its lines."""
        shown = StringIO()
        code = commands.run(command, [], self.engine(), self.home, Console(file=shown, width=200))
        return code, shown.getvalue().splitlines()

    def bootstrap(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of bootstrap as the front door does: a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "bootstrap", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    @contextmanager
    def watching(self) -> Iterator["Watching"]:
        """bootstrap watch, in the background."""
        watch = Watching(self._process("bootstrap", "watch", ["watch"]), self.folder / "watch.log", self.home)
        try:
            yield watch
        finally:
            self._end(watch.process, signal.SIGKILL)

    def close(self) -> None:
        """Stop everything that still runs."""
        for process in self.running.values():
            self._end(process, signal.SIGKILL)
        self.running.clear()

    def _health(self, box: str) -> str:
        if box == "emulator":
            return f"http://127.0.0.1:{self.emulator_port}/_ministack/health"
        return f"http://127.0.0.1:{self.ports.get(box, self.worker_port)}/health"

    def _process(self, module: str, name: str, arguments: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def _end(self, process: "subprocess.Popen[bytes]", number: int) -> None:
        process.send_signal(number)
        process.wait(30)


class Watching:
    """A bootstrap watch that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, home: Path) -> None:
        self.process = process
        self.log = log
        self.ready = home / "bootstrap.ready"

    def said(self) -> str:
        """All that it has printed so far."""
        return self.log.read_text()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(reply.status == 200)
    except urllib.error.HTTPError as error:
        error.close()  # a box that is not ready answers 503; its connection must not be left to the garbage collector
        return False
