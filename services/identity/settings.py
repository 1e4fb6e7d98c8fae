"""What can be set on the identity box from outside; the only reader of its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloud.clients import region
from cloud.environ import port, whole
from cloud.errors import ConfigError
from cloud.guard import LOOPBACK, allowed_hosts


@dataclass(frozen=True)
class Settings:
    """The box's settings; every one has a default that suits one laptop."""

    bind: str = "127.0.0.1"
    port: int = 4568
    region: str = "us-east-1"
    account: str = "000000000000"
    hosts: frozenset[str] = LOOPBACK
    log_level: str = "INFO"
    home: Path = Path(".fogbank")
    """Where the install's key lies; replicas share the folder."""
    url: str = "http://localhost:4568"
    """Address of the box as a browser reaches it: in mails and in the OpenID configuration."""
    smtp_url: str = ""
    """smtp://[user:password@]host:port of a server that gets all mail besides the inbox; "" for none."""
    shortest_token: float = 300.0
    """The shortest validity, in seconds, that an app client may give its tokens; AWS's is five minutes."""


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings as the environment names them. Raises ConfigError for a value that makes no sense."""
    listen = port(environ, "FOGBANK_IDENTITY_PORT", Settings.port)
    smtp = environ.get("FOGBANK_SMTP_URL", "")
    if smtp and not smtp.startswith(("smtp://", "smtps://")):
        raise ConfigError(f"FOGBANK_SMTP_URL must begin with smtp:// or smtps://, it is {smtp.split('@')[-1]!r}")
    return Settings(
        bind=environ.get("FOGBANK_BIND", Settings.bind),
        port=listen,
        region=region(environ),
        hosts=allowed_hosts(environ),
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
        home=Path(environ.get("FOGBANK_HOME") or Settings.home).absolute(),
        url=environ.get("FOGBANK_COGNITO_URL", "").rstrip("/") or f"http://localhost:{listen}",
        smtp_url=smtp,
        shortest_token=whole(environ, "FOGBANK_SHORTEST_TOKEN_SECONDS", int(Settings.shortest_token)),
    )
