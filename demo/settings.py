"""What one match is played with; the only reader of the environment here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloud.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    """One match. Times are in seconds."""

    gateway: str
    """Address of the REST APIs, e.g. http://127.0.0.1:8000."""
    worker: str
    """Address of the Lambda API, e.g. http://127.0.0.1:8001."""
    home: Path
    """Where the install keeps its accounts, and this program the simulated gamers' password and tokens."""
    accounts: Path
    """The install's demo accounts: {"manager": password, ...}."""
    gamers: int = 200
    seconds: float = 30
    interval: float = 0.3
    seed: int = 1
    name: str = "demo"
    """The session's name; the session's id begins with it."""
    keep_open: bool = False
    """Leave the session open at the end, for a look at its page."""
    patience: float = 60
    """How long the boxes may take to work off what they accepted, and to come back when they were killed."""
    slack: float = 0
    """Seconds by which a clock of the stack may be wrong."""

    def password(self, account: str) -> str:
        """The password of a demo account. Raises ConfigError when this install has none for it."""
        try:
            return str(json.loads(self.accounts.read_text())[account])
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(
                f"no password of {account!r} in {self.accounts} ({error!r}): is the stack up? `make up`"
            ) from error


def from_env(environ: Mapping[str, str], **match: object) -> Settings:
    """Settings of the stack that the environment names; match: fields of Settings that say what is played."""
    home = Path(environ.get("FOGBANK_HOME") or ".fogbank")
    settings = Settings(
        gateway=_address(environ, "AWS_ENDPOINT_URL_API_GATEWAY", "FOGBANK_GATEWAY_PORT", 8000),
        worker=_address(environ, "AWS_ENDPOINT_URL_LAMBDA", "FOGBANK_WORKER_PORT", 8001),
        home=home,
        accounts=Path(environ.get("FOGBANK_PASSWORDS") or home / "accounts.json"),
        **match,  # type: ignore[arg-type]
    )
    _check(settings)
    return settings


def _address(environ: Mapping[str, str], url: str, port: str, default: int) -> str:
    return environ.get(url, "").rstrip("/") or f"http://127.0.0.1:{environ.get(port) or default}"


def _check(settings: Settings) -> None:
    if not 1 <= settings.gamers <= 1000:
        raise ConfigError(f"--gamers {settings.gamers}: a session seats 1 to 1000")
    if settings.seconds <= 0 or settings.interval <= 0:
        raise ConfigError("--seconds and --interval must be above 0")
