"""A room's network: the one address of this machine, beside loopback, at which the site and the gateway listen."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

import psutil

from cloud.errors import ConfigError

AUTO = "auto"
# TEST-NET-1: nobody has it, and a datagram socket that is "connected" sends nothing.
_ELSEWHERE = ("192.0.2.1", 9)


def chosen(wanted: str, mine: Callable[[], Iterable[str]] | None = None) -> str:
    """The address that FOGBANK_LAN means: as given, or for "auto" the one that leads out of this machine; "" for none.

    mine: gives this machine's addresses. Raises ConfigError for what is none of them, naming those that there are.
    """
    if not wanted:
        return ""
    address = leading_out() if wanted == AUTO else wanted
    known = sorted(one for one in (mine or addresses)() if _is_for_a_room(one))
    if address in known:
        return address
    there = f"this machine has {', '.join(known)}" if known else "this machine has none; is it on a network?"
    raise ConfigError(f"FOGBANK_LAN={wanted} is no IPv4 address for a room's network: {there}")


def addresses() -> list[str]:
    """All IPv4 addresses of this machine."""
    found = psutil.net_if_addrs().values()
    return [one.address for interface in found for one in interface if one.family == socket.AF_INET]


def _is_for_a_room(address: str) -> bool:
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or parsed.is_multicast)


def leading_out() -> str:
    """The address from which this machine would speak to others; "" without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])
