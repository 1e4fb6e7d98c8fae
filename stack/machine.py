"""What this machine must have, checked: a few things before every start, all of them by `make doctor`."""

import os
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from cloud.errors import ConfigError
from stack import engine, ports, socket_path, state
from stack.settings import ROOT, Settings

GIGABYTE = 1_000_000_000
LEAST_FREE = 1 * GIGABYTE
LEAST_MEMORY = 1 * GIGABYTE
FEW_FILES = 1024


@dataclass(frozen=True)
class Finding:
    """What a check found. level: "ok", "note" (works, with a drawback) or "bad"; mend: what to do, "" when ok."""

    level: str
    text: str
    mend: str = ""


def check_before_start(home: Path) -> None:
    """Raises ConfigError when the stack could not live here: the disk is full."""
    finding = disk(home)
    if finding.level == "bad":
        raise ConfigError(f"{finding.text}: {finding.mend}")


def examine(settings: Settings, busy: bool) -> list[Finding]:
    """Every check, in order. busy: the stack runs, so its ports are its own."""
    checks: list[Callable[[], Finding]] = [
        python,
        lambda: home(settings.home),
        lambda: disk(settings.home),
        lambda: sockets(settings.home),
        lambda: labs_readable(settings),
        memory,
        open_files,
        loopback,
        clock,
        docker,
    ]
    found = [check() for check in checks]
    return found if busy else [*found, *_ports(settings)]


def python() -> Finding:
    """The interpreter that the boxes run on; one that is too old never gets here (stack/venv.sh)."""
    return Finding("ok", f"Python {'.'.join(map(str, sys.version_info[:3]))} at {sys.executable}")


def home(folder: Path) -> Finding:
    """The folder for state, logs and secrets."""
    try:
        state.prepare(folder)
    except ConfigError as error:
        return Finding("bad", str(error), "chmod or chown the folder, or set FOGBANK_HOME")
    if folder.stat().st_mode & 0o077:
        return Finding("note", f"{folder} can be read by other users", f"chmod 700 {folder}")
    return Finding("ok", f"state goes to {folder}")


def disk(folder: Path) -> Finding:
    """Room for the state and the logs."""
    there = next(one for one in (folder, *folder.parents) if os.access(one, os.F_OK))
    free = shutil.disk_usage(there).free
    text = f"{free / GIGABYTE:.1f} GB are free where {folder} is"
    if free < LEAST_FREE:
        return Finding("bad", text, "free 1 GB, or name a folder on another disk in FOGBANK_HOME")
    return Finding("ok", text)


def sockets(folder: Path) -> Finding:
    """The supervisor is spoken to through a socket file."""
    if not (os.access(folder, os.F_OK) and folder.is_dir()) or socket_path.holds_sockets(folder / "run"):
        return Finding("ok", "socket files work where the state is")
    if socket_path.holds_sockets(Path(tempfile.gettempdir())):
        return Finding(
            "note", f"{folder} takes no socket files; {tempfile.gettempdir()} is used for them", "none needed"
        )
    return Finding("bad", "no folder takes socket files", "name a folder on a local disk in FOGBANK_HOME")


def labs_readable(settings: Settings) -> Finding:
    """Containers see labs/ as this user, or, for root, as a user who is nobody here."""
    if os.getuid() or settings.mode == "local" or (ROOT / "labs").stat().st_mode & 0o005 == 0o005:
        return Finding("ok", "labs/ can be read by the boxes")
    return Finding(
        "bad", "labs/ is closed to other users, and containers never run as root", f"chmod -R a+rX {ROOT}/labs"
    )


def memory() -> Finding:
    """Memory that programs could get now."""
    free = psutil.virtual_memory().available
    text = f"{free / GIGABYTE:.1f} GB of memory are available"
    if free < LEAST_MEMORY:
        return Finding("note", text, "close something, or use EMULATOR=ministack, which needs 0.4 GB instead of 1.5")
    return Finding("ok", text)


def open_files() -> Finding:
    """Sockets of a room of gamers count as open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEW_FILES:
        return Finding(
            "note", f"a program may open {hard} files only", f"ulimit -Hn {FEW_FILES}, or ask an administrator"
        )
    return Finding("ok", "enough files can be open at once")


def loopback() -> Finding:
    """`localhost` must mean this machine."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo("localhost", 80)}
    except OSError:
        found = set()
    if "127.0.0.1" in found:
        return Finding("ok", "localhost is 127.0.0.1")
    return Finding(
        "bad", f"localhost is {', '.join(sorted(found)) or 'unknown'}", "add `127.0.0.1 localhost` to /etc/hosts"
    )


def clock() -> Finding:
    """Tokens are valid from the second they are issued: a clock that stands in the past refuses them all."""
    newest = max(path.stat().st_mtime for path in (ROOT / "requirements.txt", ROOT / "Makefile"))
    if time.time() < newest - 60:
        return Finding("bad", "the clock is behind the files of this folder", "set the machine's clock")
    return Finding("ok", f"the clock says {time.strftime('%Y-%m-%d %H:%M:%S %Z')}")


def docker() -> Finding:
    """Needed by target docker only."""
    if reason := engine.why_not():
        return Finding("note", f"target docker cannot be used: {reason}", "none needed: MODE=local needs no Docker")
    return Finding("ok", f"Docker answers; Compose is `{' '.join(engine.compose())}`")


def _ports(settings: Settings) -> list[Finding]:
    found = []
    for name, port in vars(settings.ports).items():
        if not ports.free(port):
            complaint = ports.complaint(name, port)
            found.append(Finding("bad", *complaint.split(". ", 1)))
    return found or [Finding("ok", "all ports are free")]
