"""Processes of ours that nobody watches any more: what a supervisor leaves behind when it is killed itself."""

from pathlib import Path

import psutil

GRACE = 15
"""Seconds from SIGTERM to SIGKILL; the emulator writes its state down in them."""


def find(home: Path) -> list[psutil.Process]:
    """The boxes of this FOGBANK_HOME that run now. They are known by their environment, so a number that the system
    has given to another program meanwhile can never be taken for one of ours."""
    return [process for process in psutil.process_iter() if _box_of(process, home)]


def names(home: Path) -> list[str]:
    """The same, by name."""
    return sorted({_box_of(process, home) for process in find(home)} - {""})


def end(home: Path) -> list[str]:
    """Stop them and their children, kindly first; returns the names of the boxes that were found."""
    found, known = find(home), names(home)
    family = {*found, *(child for process in found for child in _children(process))}
    for process in found:
        _ask(process.terminate)
    _, stubborn = psutil.wait_procs(list(family), timeout=GRACE if found else 0)
    for process in stubborn:
        _ask(process.kill)
    psutil.wait_procs(stubborn, timeout=3)
    return known


def _box_of(process: psutil.Process, home: Path) -> str:
    try:
        environ = process.environ()
    except (psutil.Error, OSError):  # somebody else's, or gone
        return ""
    return environ.get("FOGBANK_BOX", "") if environ.get("FOGBANK_HOME") == str(home) else ""


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _ask(order: object) -> None:
    try:
        order()  # type: ignore[operator]
    except psutil.Error:
        return
