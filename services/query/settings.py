"""What the box is told by its environment; the only reader of it."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from cloud.clients import region
from cloud.environ import port, whole
from cloud.guard import LOOPBACK, allowed_hosts


@dataclass(frozen=True)
class Settings:
    """timeout: seconds that a query may take; memory: MB that it may use; name: who this replica is."""

    bind: str = "127.0.0.1"
    port: int = 4569
    hosts: frozenset[str] = LOOPBACK
    log_level: str = "INFO"
    region: str = "us-east-1"
    account: str = "000000000000"
    name: str = "query"
    timeout: float = 120.0
    memory: int = 512

    @property
    def results(self) -> str:
        """Where results go when nobody says where, as on AWS."""
        return f"s3://aws-athena-query-results-{self.account}-{self.region}/"


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that an environment's variables give; ConfigError names a variable that makes no sense."""
    return Settings(
        bind=environ.get("FOGBANK_BIND", Settings.bind),
        port=port(environ, "FOGBANK_QUERY_PORT", Settings.port),
        hosts=allowed_hosts(environ),
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
        region=region(environ),
        name=socket.gethostname(),
        timeout=whole(environ, "FOGBANK_QUERY_SECONDS", int(Settings.timeout)),
        memory=whole(environ, "FOGBANK_QUERY_MEMORY_MB", Settings.memory),
    )
