"""Target local's supervisor: supervisord, its configuration, and how the front door speaks to it."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from cloud.wait import until
from stack import boxes, socket_path
from stack.boxes import Box
from stack.errors import StackError
from stack.settings import ROOT

_GONE = (OSError, Fault)
"""What a call raises when the supervisor has ended, or is ending."""


@dataclass(frozen=True)
class Process:
    """A box's process as the supervisor sees it. state: RUNNING, STARTING, BACKOFF, EXITED, STOPPED, STOPPING ..."""

    state: str
    pid: int
    since: int
    """Seconds since the epoch: when the latest attempt began."""
    exit_status: int


class Supervisor:
    """The supervisor of one FOGBANK_HOME."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.pidfile = home / "run" / "supervisord.pid"

    def answers(self) -> bool:
        """Whether it runs and takes orders."""
        try:
            return bool(self._rpc().getState()["statename"] == "RUNNING")
        except _GONE:
            return False

    def processes(self) -> dict[str, Process]:
        """Box name -> its process; empty when no supervisor runs."""
        try:
            found = self._rpc().getAllProcessInfo()
        except _GONE:
            return {}
        return {p["name"]: Process(p["statename"], p["pid"], p["start"], p["exitstatus"]) for p in found}

    def launch(self, environ: Mapping[str, str], lan: str = "") -> None:
        """Start the supervisor itself; it starts no box yet. environ: what the boxes get; lan: as in Settings."""
        config = self.home / "run" / "supervisord.conf"
        config.touch(mode=0o600)
        hosts = environ.get("FOGBANK_ALLOWED_HOSTS", "")
        config.write_text(configuration(lan, hosts), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", str(config)]
        told = {**environ, **paths(socket_path.of(self.home))}
        done = subprocess.run(command, env=told, cwd=self.home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"the supervisor did not start: {(done.stderr or done.stdout).strip()}")
        until(self.answers, 10, what="the supervisor", interval=0.05)

    def start(self, name: str) -> None:
        """Start a box, at once also when it is waiting for its next attempt; harmless when it runs.

        Raises StackError when there is no supervisor any more.
        """
        process = self.processes().get(name)
        if process and process.state in {"RUNNING", "STARTING"}:
            return
        try:
            with suppress(Fault):
                self._rpc().stopProcess(name)  # ends the waiting of BACKOFF; a fault says that there was none
            self._rpc().startProcess(name, False)
        except OSError as error:
            raise self.gone() from error

    def gone(self) -> StackError:
        """What is said when it has ended although nobody told it to."""
        return StackError(f"the supervisor has ended, see {self.home / 'logs' / 'supervisord.log'}: run make up again")

    def shutdown(self, timeout: float = 60) -> None:
        """Stop all boxes, the last started first, then the supervisor; return when it is gone."""
        pid = self._rpc().getPID()
        self._rpc().shutdown()
        until(lambda: not _alive(pid), timeout, what="the boxes to stop")

    def _rpc(self) -> Any:
        # A new connection each time: the supervisor may have been replaced since the last call.
        transport = SupervisorTransport(None, None, f"unix://{socket_path.of(self.home)}")
        return ServerProxy("http://localhost", transport).supervisor


def paths(socket: Path) -> dict[str, str]:
    """Variables of the supervisor's, by which the configuration names what lies anywhere.

    In the file itself a path would be cut off at " #" and " ;", and its % expanded, some once and some twice.
    """
    return {
        "SUPERVISOR_PYTHON": shlex.quote(sys.executable),
        "SUPERVISOR_ROOT": str(ROOT),
        "SUPERVISOR_SOCKET": str(socket),
    }


def configuration(lan: str = "", hosts: str = "") -> str:
    """supervisord.conf: read in FOGBANK_HOME, with the variables of paths().

    Programs start when told to, and stop in the reverse of their order.
    lan: the address at which a room reaches some of them; hosts: FOGBANK_ALLOWED_HOSTS of all.
    """
    general = """\
[supervisord]
logfile=logs/supervisord.log
logfile_maxbytes=2MB
logfile_backups=1
pidfile=run/supervisord.pid
childlogdir=logs
identifier=fogbank
umask=077
minfds=256

[unix_http_server]
file=%(ENV_SUPERVISOR_SOCKET)s
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return general + "".join(
        _program(box, order, _variables(box, lan, hosts)) for order, box in enumerate(boxes.ALL, start=1)
    )


def _variables(box: Box, lan: str, hosts: str) -> str:
    own = {"FOGBANK_BOX": box.name}
    if lan and box.lan:
        allowed = ",".join(filter(None, [hosts, lan]))
        own |= {"FOGBANK_BIND": f"127.0.0.1,{lan}", "FOGBANK_LAN": lan, "FOGBANK_ALLOWED_HOSTS": allowed}
    return ",".join(f'{name}="{value}"' for name, value in own.items())


def _program(box: Box, order: int, variables: str) -> str:
    # A box that dies within startsecs is started again after 1, 2, 3 ... s and never given up; later, at once.
    # Only the box itself is told to stop: the worker ends its functions after their batches are done.
    return f"""
[program:{box.name}]
command=%(ENV_SUPERVISOR_PYTHON)s -m {" ".join(box.arguments)}
directory=%(ENV_SUPERVISOR_ROOT)s
environment={variables}
priority={order}
autostart=false
autorestart=true
startsecs=5
startretries=1000000
stopwaitsecs=20
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{box.name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
