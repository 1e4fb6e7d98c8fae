"""What the site is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from cloud import clients, guard


@dataclass(frozen=True)
class Settings:
    """gateway and cognito are addresses as the visitor's browser reaches them, without a slash at the end."""

    bind: str
    port: int
    allowed_hosts: frozenset[str]
    region: str
    gateway: str
    cognito: str
    log_level: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read FOGBANK_* and boto3's own variables; docs/configuration.md lists them."""
        region = clients.region(environ)
        return cls(
            bind=environ.get("FOGBANK_BIND", "127.0.0.1"),
            port=int(environ.get("FOGBANK_SITE_PORT", "8080")),
            allowed_hosts=guard.allowed_hosts(environ),
            region=region,
            gateway=f"http://localhost:{environ.get('FOGBANK_GATEWAY_PORT', '8000')}",
            cognito=_cognito(environ, region),
            log_level=environ.get("FOGBANK_LOG_LEVEL", "INFO"),
        )


def _cognito(environ: Mapping[str, str], region: str) -> str:
    """Where the browser finds Cognito. FOGBANK_COGNITO_URL goes first: inside containers boto3's variables hold names
    that only the containers know."""
    address = (
        environ.get("FOGBANK_COGNITO_URL")
        or environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
        or environ.get("AWS_ENDPOINT_URL")
        or f"https://cognito-idp.{region}.amazonaws.com"
    )
    return address.rstrip("/")
