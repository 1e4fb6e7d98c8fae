"""What the site is told by its environment; the only reader of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloud.clients import region
from cloud.environ import port
from cloud.guard import LOOPBACK, allowed_hosts

_URLS = {"COGNITO": "FOGBANK_COGNITO_URL", "KINESIS": "FOGBANK_KINESIS_URL", "SQS": "FOGBANK_SQS_URL"}


@dataclass(frozen=True)
class Settings:
    """cognito, kinesis, sqs: addresses as a browser on this machine reaches them, without a slash at the end."""

    bind: str = "127.0.0.1"
    port: int = 8080
    hosts: frozenset[str] = LOOPBACK
    region: str = "us-east-1"
    gateway_port: int = 8000
    cognito: str = "https://cognito-idp.us-east-1.amazonaws.com"
    kinesis: str = "https://kinesis.us-east-1.amazonaws.com"
    sqs: str = "https://sqs.us-east-1.amazonaws.com"
    identity_port: int = 0
    """Where identity answers, which has an inbox for the codes that it sends; 0 where it is not known."""
    lan: str = ""
    """The address of this machine at which a room's phones reach the site and the gateway; "" when none may."""
    folder: Path | None = None
    """Serve this folder instead of the bucket."""
    log_level: str = "INFO"


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that an environment's variables give; ConfigError names a variable that makes no sense."""
    lan = environ.get("FOGBANK_LAN", "")
    folder = environ.get("FOGBANK_SITE_FOLDER", "")
    return Settings(
        bind=environ.get("FOGBANK_BIND", Settings.bind),
        port=port(environ, "FOGBANK_SITE_PORT", Settings.port),
        hosts=allowed_hosts(environ) | ({lan} if lan else set()),
        region=region(environ),
        gateway_port=port(environ, "FOGBANK_GATEWAY_PORT", Settings.gateway_port),
        cognito=_address(environ, "COGNITO", "COGNITO_IDENTITY_PROVIDER", "cognito-idp"),
        kinesis=_address(environ, "KINESIS", "KINESIS", "kinesis"),
        sqs=_address(environ, "SQS", "SQS", "sqs"),
        identity_port=port(environ, "FOGBANK_IDENTITY_PORT", 0),
        lan=lan,
        folder=Path(folder) if folder else None,
        log_level=environ.get("FOGBANK_LOG_LEVEL", Settings.log_level),
    )


def _address(environ: Mapping[str, str], ours: str, service_id: str, host: str) -> str:
    """Where the browser finds a service. FOGBANK_<OURS>_URL goes first: inside containers boto3's variables hold names
    that only the containers know."""
    address = (
        environ.get(_URLS[ours])
        or environ.get(f"AWS_ENDPOINT_URL_{service_id}")
        or environ.get("AWS_ENDPOINT_URL")
        or f"https://{host}.{region(environ)}.amazonaws.com"
    )
    return address.rstrip("/")
