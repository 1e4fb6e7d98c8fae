"""Which addresses a lab needs, and which of them do not answer yet."""

import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from bootstrap.kinds import Kinds
from cloud.clients import endpoint
from labs.declare import Lab

_PATIENCE = 1.0  # seconds for a connection


def silent(labs: Iterable[Lab], kinds: Kinds) -> list[str]:
    """The addresses that take no connection, each with the services that are expected there."""
    wanted = addresses({kinds[type(one)].service for lab in labs for one in lab.resources if type(one) in kinds})
    return [f"{address} ({', '.join(services)})" for address, services in wanted.items() if not _answers(address)]


def addresses(services: Iterable[str]) -> Mapping[str, list[str]]:
    """Address -> the services that clients look for there. "ssm" is always among them: the outputs are kept there."""
    found: dict[str, list[str]] = defaultdict(list)
    for service in sorted({"ssm", *services} - {""}):
        found[endpoint(service)].append(service)
    return found


def _answers(address: str) -> bool:
    url = urlsplit(address)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname, port), _PATIENCE).close()
    except OSError:
        return False
    return True
