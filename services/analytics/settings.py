"""What the box is told by its environment; the only reader of it."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from cloud.clients import region
from cloud.environ import number, port
from cloud.guard import LOOPBACK, allowed_hosts


@dataclass(frozen=True)
class Settings:
    """Times in seconds. name: who this replica is; checkpoint: how much work a crash may cause to be done again."""

    bind: str = "127.0.0.1"
    port: int = 4570
    hosts: frozenset[str] = LOOPBACK
    log_level: str = "INFO"
    region: str = "us-east-1"
    account: str = "000000000000"
    name: str = "analytics"
    poll_interval: float = 0.2
    idle_poll_interval: float = 1.0
    refresh_interval: float = 1.5
    lease_duration: float = 10.0
    checkpoint: float = 1.0


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that an environment's variables give; ConfigError names a variable that makes no sense."""
    return Settings(
        bind=environ.get("FOGBANK_BIND", Settings.bind),
        port=port(environ, "FOGBANK_ANALYTICS_PORT", Settings.port),
        hosts=allowed_hosts(environ),
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
        region=region(environ),
        name=environ.get("FOGBANK_WORKER_NAME") or socket.gethostname(),
        poll_interval=number(environ, "FOGBANK_POLL_INTERVAL_MS", 200) / 1000,
        idle_poll_interval=number(environ, "FOGBANK_IDLE_POLL_INTERVAL_MS", 1000) / 1000,
        refresh_interval=number(environ, "FOGBANK_REFRESH_INTERVAL_MS", 1500) / 1000,
        lease_duration=number(environ, "FOGBANK_LEASE_SECONDS", Settings.lease_duration),
        checkpoint=number(environ, "FOGBANK_CHECKPOINT_MS", 1000) / 1000,
    )
