"""Target local: every box a process, watched by supervisord."""

import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cloud.errors import Unavailable
from cloud.wait import until
from stack import accounts, boxes, logs, orphans, ports, socket_path, state, targets
from stack.boxes import Box
from stack.errors import StackError
from stack.health import missing
from stack.progress import Progress
from stack.runner import BoxState, Runner
from stack.settings import ROOT, Settings
from stack.supervisor import Process, Supervisor, configuration

PATIENCE = 60
"""Seconds that one box may take until it is healthy."""
DEATHS = 4
"""How often a box may die while it is waited for, before `up` says so and ends."""
OPEN_FILES = 4096
"""A room of gamers means as many sockets; macOS gives a program 256 unless it asks."""


class Processes(Runner):
    """The stack as processes of this machine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self.supervisor = Supervisor(settings.home)

    def running(self) -> bool:
        return self.supervisor.answers()

    def start(self, progress: Progress) -> None:
        accounts.ensure(self.home)
        if self.running() and self._stamp() != _read(self.home / "run" / "fingerprint"):
            progress.say("the settings or the boxes' code have changed since the stack was started: starting it anew")
            self.stop()
        if not self.running():
            self._launch(progress)
        for box in boxes.ALL:
            self.supervisor.start(box.name)
            if box in boxes.FIRST:
                self._wait_healthy(box, progress)
        for box in boxes.ALL:
            if box not in boxes.FIRST:
                self._wait_healthy(box, progress)

    def stop(self) -> None:
        if self.supervisor.answers():
            self.supervisor.shutdown()
        orphans.end(self.home)

    def forget(self) -> None:
        self.stop()
        socket_path.forget(self.home)

    def states(self) -> list[BoxState]:
        processes = self.supervisor.processes()
        return [self._state(box, processes) for box in boxes.ALL]

    def follow(self, names: list[str], lines: int, forever: bool) -> None:
        wanted = [box.name for box in boxes.ALL if not names or box.name in names]
        logs.follow({name: self._log(name) for name in wanted}, lines, self.supervisor.answers if forever else None)

    def kill(self, name: str) -> None:
        process = self.supervisor.processes().get(name)
        if not process or not process.pid:
            raise StackError(f"{name} does not run")
        os.kill(process.pid, signal.SIGKILL)

    def _launch(self, progress: Progress) -> None:
        if left := orphans.end(self.home):
            progress.say(f"ended what an earlier run left behind: {', '.join(left)}")
        ports.check_free(self.settings.ports, [box.port for box in boxes.ALL if box.port])
        (self.home / "bootstrap.ready").unlink(missing_ok=True)
        _raise_open_files()
        self.supervisor.launch(self.environment(os.environ), self.settings.lan)
        state.write_private(self.home / "run" / "fingerprint", self._stamp())

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What the boxes get: the caller's own environment without what could lead them astray, and the table's."""
        astray = ("AWS_", "FOGBANK_", "PYTHON", "SUPERVISOR_")
        kept = {name: value for name, value in environ.items() if not name.startswith(astray)}
        direct = ",".join(filter(None, [environ.get("no_proxy") or environ.get("NO_PROXY"), "localhost,127.0.0.1"]))
        return {
            **kept,
            **targets.environment(self.settings, self._addresses()),
            "AWS_CONFIG_FILE": os.devnull,  # a profile of the caller's may name other endpoints and regions
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "FOGBANK_ALLOWED_HOSTS": self.settings.allowed_hosts,
            "FOGBANK_BIND": "127.0.0.1",
            "FOGBANK_HOME": str(self.home),
            "FOGBANK_LOG_LEVEL": self.settings.log_level,
            "FOGBANK_PASSWORDS": str(self.home / "accounts.json"),
            "NO_PROXY": direct,
            "no_proxy": direct,
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",  # MiniStack reads its files, ours in UTF-8, in the encoding of the caller's locale
            **(self._clocks() if self.settings.emulator_proxy else {}),
        }

    def _clocks(self) -> dict[str, str]:
        """By which a fault run sets the boxes' clocks wrong."""
        return {"FOGBANK_CLOCKS": str(self.home / "clocks"), "PYTHONPATH": str(ROOT / "chaos" / "clock")}

    def _addresses(self) -> dict[str, str]:
        """Who answers -> address, for the boxes: the emulator's may be a proxy's."""
        addresses, proxy = targets.on_this_machine(self.settings), self.settings.emulator_proxy
        return addresses | ({targets.MINISTACK: f"http://127.0.0.1:{proxy}"} if proxy else {})

    def _stamp(self) -> str:
        given = "\n".join(f"{name}={value}" for name, value in sorted(self.environment({}).items()))
        return boxes.fingerprint(given + configuration(self.settings.lan) + str(ROOT) + sys.executable)

    def _wait_healthy(self, box: Box, progress: Progress) -> None:
        seen: set[int] = set()

        def healthy() -> bool:
            process = self.supervisor.processes().get(box.name)
            if not process:
                return not self.supervisor.answers()
            seen.add(process.since)
            reason = self._missing(box, process.since)
            if reason:
                progress.waiting(box.name, reason if process.state != "BACKOFF" else "died; will be started again")
            return not reason or len(seen) > DEATHS

        with suppress(Unavailable):
            until(healthy, PATIENCE, interval=0.1)
        if not self.supervisor.answers():
            raise self.supervisor.gone()
        if reason := self._missing(box, 0):
            raise StackError(self._post_mortem(box, reason, len(seen) - 1))
        progress.done(box.name, box.address(self.settings.ports))

    def _missing(self, box: Box, since: int) -> str:
        if box.port:
            return missing(f"http://127.0.0.1:{getattr(self.settings.ports, box.port)}/health")
        try:
            return "" if (self.home / "bootstrap.ready").stat().st_mtime >= since else "applies again"
        except FileNotFoundError:
            return "creates what the labs declare"

    def _post_mortem(self, box: Box, reason: str, deaths: int) -> str:
        tail = "\n".join(f"    {line}" for line in logs.tail(self._log(box.name), 20))
        fate = f"has died {deaths} times" if deaths else f"is not healthy after {PATIENCE} s"
        return f"{box.name} {fate}: {reason}. Its log ends with:\n{tail}\nThe whole log: {self._log(box.name)}"

    def _state(self, box: Box, processes: Mapping[str, Process]) -> BoxState:
        process = processes.get(box.name)
        if not process or not process.pid:
            return BoxState(box.name, process.state.lower() if process else "stopped", "", 0, "", "")
        reason = self._missing(box, 0)
        return BoxState(
            box.name,
            process.state.lower(),
            f"process {process.pid}",
            int(time.time()) - process.since,
            reason or "healthy",
            box.address(self.settings.ports),
        )

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"


def _raise_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
