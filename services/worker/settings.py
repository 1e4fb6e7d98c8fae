"""The worker's settings, read once from the environment."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloud.clients import region
from cloud.environ import number, port, whole
from cloud.guard import LOOPBACK, allowed_hosts

# What a function needs to reach the other services, handed on from the worker's own environment.
_HANDED_ON = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA")
_SYSTEM = ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Settings:
    """All times in seconds."""

    bind: str = "127.0.0.1"
    port: int = 8001
    hosts: frozenset[str] = LOOPBACK
    log_level: str = "INFO"
    region: str = "us-east-1"
    account: str = "000000000000"
    name: str = "worker"
    """Who this replica is; it takes the leases it left behind under this name at once when it starts again."""
    poll_interval: float = 0.2
    """Pause between two reads of a shard that has been read to its tip."""
    idle_poll_interval: float = 0.2
    """The same after 10 s without a record. Lambda reads such a shard once a second; here a read costs very little."""
    refresh_interval: float = 1.5
    """How often changes that other replicas made are looked for."""
    lease_duration: float = 10.0
    """A lease that was not renewed for so long may be taken by another replica; renewed three times as often."""
    retry_backoff: float = 0.5
    """Pause after a batch's first failure; doubles up to retry_backoff_limit."""
    retry_backoff_limit: float = 20.0
    window_idle: float = 5.0
    """How long after its end a tumbling window is over although no later record came."""
    concurrency: int = 10
    """Execution environments per function; calls beyond wait for one to be free."""
    idle_environment: float = 300.0
    """How long an unused execution environment is kept."""
    home: Path = Path(".fogbank")
    """Where unpacked code is kept; in a folder of the replica's own."""
    event_retry: float = 60.0
    """Pause before the first retry of an asynchronous event; twice that before the second, as on AWS."""
    metrics_interval: float = 10.0
    """How often sums are sent to CloudWatch."""
    node_modules: str = ""
    """A node_modules folder that functions in Node.js find beside their own: AWS's runtime brings the AWS SDK along."""
    function_environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that every function gets beside its own: endpoints, region, credentials, PATH."""


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that an environment's variables give; ConfigError names a variable that makes no sense."""
    home = Path(environ.get("FOGBANK_HOME") or Settings.home).absolute()
    return Settings(
        bind=environ.get("FOGBANK_BIND", Settings.bind),
        port=port(environ, "FOGBANK_WORKER_PORT", Settings.port),
        hosts=allowed_hosts(environ),
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
        region=region(environ),
        name=environ.get("FOGBANK_WORKER_NAME") or socket.gethostname(),
        poll_interval=number(environ, "FOGBANK_POLL_INTERVAL_MS", 200) / 1000,
        idle_poll_interval=number(environ, "FOGBANK_IDLE_POLL_INTERVAL_MS", 200) / 1000,
        refresh_interval=number(environ, "FOGBANK_REFRESH_INTERVAL_MS", 1500) / 1000,
        lease_duration=number(environ, "FOGBANK_LEASE_SECONDS", Settings.lease_duration),
        retry_backoff=number(environ, "FOGBANK_RETRY_BACKOFF_MS", 500) / 1000,
        window_idle=number(environ, "FOGBANK_WINDOW_IDLE_SECONDS", Settings.window_idle, least=0),
        concurrency=whole(environ, "FOGBANK_FUNCTION_CONCURRENCY", Settings.concurrency),
        idle_environment=number(environ, "FOGBANK_ENVIRONMENT_IDLE_SECONDS", Settings.idle_environment),
        home=home,
        event_retry=number(environ, "FOGBANK_EVENT_RETRY_SECONDS", Settings.event_retry),
        metrics_interval=number(environ, "FOGBANK_METRICS_SECONDS", Settings.metrics_interval),
        node_modules=environ.get("FOGBANK_NODE_MODULES") or str(home / "node" / "node_modules"),
        function_environment=_function_environment(environ),
    )


def _function_environment(environ: Mapping[str, str]) -> dict[str, str]:
    where = region(environ)
    handed_on = {name: value for name, value in environ.items() if name.startswith(_HANDED_ON) or name in _SYSTEM}
    return {**handed_on, "AWS_REGION": where, "AWS_DEFAULT_REGION": where}
