"""What can be set on the gateway from outside; the only reader of its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from socket import AF_INET, gethostname
from urllib.parse import urlsplit

import psutil

from cloud.clients import region
from cloud.environ import number, port, whole
from cloud.guard import LOOPBACK, allowed_hosts
from services.gateway.websocket.limits import Limits

_EVERYWHERE = {"0.0.0.0", "::"}  # what a container's boxes listen on


@dataclass(frozen=True)
class Settings:
    """The gateway's settings; every one has a default that suits one laptop."""

    bind: str = "127.0.0.1"
    port: int = 8000
    region: str = "us-east-1"
    hosts: frozenset[str] = LOOPBACK
    log_level: str = "INFO"
    log_every: int = 1
    """One 2xx request in so many is logged; all others always are. 0: none of the 2xx."""
    coalesce_ms: float = 3.0
    """How long the first record of a batch waits for company."""
    coalesce_queue: int = 5000
    """Records that may wait for one stream; beyond it callers hear 503 at once."""
    refresh_seconds: float = 1.0
    """How often outputs, documents, stage variables and token keys are looked at again."""
    account_rate: float = 10_000.0
    """Requests a second that the account may make, on all APIs together; a new AWS account's limit."""
    account_burst: int = 5_000
    """Requests at once that the account may make."""
    metrics_seconds: float = 10.0
    """How often CloudWatch hears of the metrics of AWS/ApiGateway."""
    request_seconds: float = 30.0
    """How long a request may take to arrive, headers and body; then its connection is closed."""
    connections: int = 4_000
    """Connections that may be open at once; beyond it those that send nothing are closed, the oldest first."""
    address: str = "http://127.0.0.1:8000"
    """Where other replicas reach this one."""
    websocket: Limits = field(default_factory=Limits)

    def network(self) -> list[IPv4Interface]:
        """The stack's own network: a container's; outside of one what this machine is on is somebody else's."""
        if self.bind not in _EVERYWHERE:
            return []
        addresses = (one for interface in psutil.net_if_addrs().values() for one in interface if one.netmask)
        return [IPv4Interface(f"{one.address}/{one.netmask}") for one in addresses if one.family == AF_INET]


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings as the environment names them. Raises ConfigError for a value that makes no sense."""
    bind = environ.get("FOGBANK_BIND", Settings.bind)
    listen = port(environ, "FOGBANK_GATEWAY_PORT", Settings.port)
    address = environ.get("FOGBANK_GATEWAY_ADDRESS") or _address(bind, listen)
    return Settings(
        bind=bind,
        port=listen,
        region=region(environ),
        hosts=allowed_hosts(environ) | {urlsplit(address).hostname or ""} - {""},
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
        log_every=whole(environ, "FOGBANK_GATEWAY_LOG_EVERY", Settings.log_every, least=0),
        coalesce_ms=number(environ, "FOGBANK_COALESCE_MS", Settings.coalesce_ms, least=0),
        coalesce_queue=whole(environ, "FOGBANK_COALESCE_QUEUE", Settings.coalesce_queue),
        account_rate=number(environ, "FOGBANK_ACCOUNT_RATE", Settings.account_rate),
        account_burst=whole(environ, "FOGBANK_ACCOUNT_BURST", Settings.account_burst),
        metrics_seconds=number(environ, "FOGBANK_GATEWAY_METRICS_SECONDS", Settings.metrics_seconds),
        request_seconds=number(environ, "FOGBANK_GATEWAY_REQUEST_SECONDS", Settings.request_seconds),
        connections=whole(environ, "FOGBANK_GATEWAY_CONNECTIONS", Settings.connections),
        address=address,
        websocket=Limits(
            idle=number(environ, "FOGBANK_WEBSOCKET_IDLE_SECONDS", Limits.idle),
            life=number(environ, "FOGBANK_WEBSOCKET_LIFE_SECONDS", Limits.life),
            connects=number(environ, "FOGBANK_WEBSOCKET_CONNECTS_PER_SECOND", Limits.connects),
        ),
    )


def _address(bind: str, port: int) -> str:
    """What listens on all interfaces is a container, known to the others by its host name."""
    return f"http://{gethostname() if bind in _EVERYWHERE else bind}:{port}"
