"""Where a page finds everything else: it depends on the address at which the page itself was opened.

On this machine pages, API and Cognito are three origins, as on AWS. A phone in the room reaches only the site and the
gateway, both under the LAN address; Cognito stays on loopback, and the site passes on what a visitor may ask of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cloud.guard import LOOPBACK
from services.site.settings import Settings

RELAY = "/cognito"
_LONGEST = 500  # characters of an address that a QR code may hold


@dataclass(frozen=True)
class Addresses:
    """Without a slash at the end. site: as others reach it, best to share; socket: the gateway's for WebSockets; inbox:
    where codes arrive that nobody sends by mail, "" where it cannot be read; services: those that pages on this machine
    call themselves, kinesis and sqs: they stay on loopback, and a room has none."""

    site: str
    gateway: str
    socket: str
    cognito: str
    inbox: str = ""
    services: Mapping[str, str] = field(default_factory=dict)


def seen_from(settings: Settings, host: str) -> Addresses:
    """host: the Host header of the page's request, "192.168.1.20:8080"."""
    name = _hostname(host)
    here = f"http://{host}" if host else f"http://localhost:{settings.port}"
    near = name in LOOPBACK or name.endswith(".localhost") or not name
    gateway = f"{_bracketed('localhost' if near else name)}:{settings.gateway_port}"
    return Addresses(
        site=f"http://{_bracketed(settings.lan)}:{settings.port}" if settings.lan else here,
        gateway=f"http://{gateway}",
        socket=f"ws://{gateway}",
        cognito=settings.cognito if near else f"{here}{RELAY}",
        inbox=f"{settings.cognito}/inbox" if near and _is_identity(settings) else "",
        services={"kinesis": settings.kinesis, "sqs": settings.sqs} if near else {},
    )


def _is_identity(settings: Settings) -> bool:
    return bool(settings.identity_port) and urlsplit(settings.cognito).port == settings.identity_port


def own(settings: Settings, address: str, host: str) -> bool:
    """Whether an address is one of this site's: only such may become a QR code that it shows."""
    if len(address) > _LONGEST or any(character <= " " for character in address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port or 80
    except ValueError:
        return False
    ports = {settings.port, urlsplit(f"//{host}").port or 80}
    plain = parts.scheme == "http" and not parts.username and not parts.password
    return plain and port in ports and (parts.hostname or "") in settings.hosts


def _hostname(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
