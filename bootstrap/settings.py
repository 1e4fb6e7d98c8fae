"""What bootstrap reads from its environment, and it alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloud import clients
from cloud.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """region: of AWS. home: where state is kept. password: gives a demo account's, by its user name."""

    region: str
    home: Path
    log_level: str
    password: Callable[[str], str]


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings in AWS_REGION, FOGBANK_HOME, FOGBANK_LOG_LEVEL, FOGBANK_PASSWORDS and FOGBANK_PASSWORD_<USER>."""
    return Settings(
        region=clients.region(environ),
        home=Path(environ.get("FOGBANK_HOME") or ROOT / ".fogbank").absolute(),
        log_level=environ.get("FOGBANK_LOG_LEVEL") or "INFO",
        password=lambda username: _password(environ, username),
    )


def _password(environ: Mapping[str, str], username: str) -> str:
    """From the JSON file that FOGBANK_PASSWORDS names; without it from FOGBANK_PASSWORD_<USER>. Raises ConfigError."""
    variable = f"FOGBANK_PASSWORD_{username.upper()}"
    if path := environ.get("FOGBANK_PASSWORDS"):
        found = _read(Path(path)).get(username)
        where = f"{path} has none"
    else:
        found = environ.get(variable)
        where = f"set {variable}, or FOGBANK_PASSWORDS to a JSON file that holds it"
    if not found:
        raise ConfigError(f"no password for the account {username!r}: {where}")
    return found


def _read(path: Path) -> Mapping[str, str]:
    try:
        passwords = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"FOGBANK_PASSWORDS: {path} cannot be read: {error}") from error
    if not isinstance(passwords, dict):
        raise ConfigError(f"FOGBANK_PASSWORDS: {path} must hold a JSON object, user name to password")
    return passwords
