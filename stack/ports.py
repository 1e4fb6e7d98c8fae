"""Is a port free, and if not, who has it?"""

import socket
from dataclasses import asdict

import psutil

from cloud.errors import ConfigError
from stack.settings import Ports


def check_free(ports: Ports, names: list[str]) -> None:
    """Raises ConfigError naming every port among these that is taken, by whom, and what moves it."""
    numbers = asdict(ports)
    taken = [complaint(name, numbers[name]) for name in names if not free(numbers[name])]
    if taken:
        raise ConfigError("\n".join(taken))


def free(port: int) -> bool:
    """Whether a box could listen on this port of 127.0.0.1, and `localhost` would mean that box."""
    # Some systems let a program bind to 127.0.0.1 beside one that has all addresses, or ::1, which browsers try first.
    if any(_answers(family, host, port) for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """The program that listens on the port, e.g. "nginx (process 812)"; "" when this user may not know."""
    for process in psutil.process_iter(["name"]):
        try:
            connections = process.net_connections("tcp")
        except (psutil.Error, OSError):
            continue
        if any(c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections):
            return f"{process.info['name']} (process {process.pid})"
    return ""


def complaint(name: str, port: int) -> str:
    """Who has the port of a box, and what to do about it: two sentences."""
    who = holder(port) or "another program; which one, only the machine's administrator can see"
    return f"port {port} is taken by {who}. Stop it, or give the {name} another port: {Ports.variable(name)}=..."


def _answers(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.settimeout(0.3)
            return probe.connect_ex((host, port)) == 0
    except OSError:  # no IPv6 here
        return False
