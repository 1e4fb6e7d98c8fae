"""What the caller decides: the front door's variables, read once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cloud.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
"""The clone's folder: what is run, built and mounted."""

OWN = (
    "HOME",
    "ALLOWED_HOSTS",
    "LOG_LEVEL",
    "WORKERS",
    "BIND",
    "LAN",
    "BOX",
    "IMAGE",
    "UID",
    "LOCALSTACK_",
    "PASSWORD",
    "TEST_",
    "EMULATOR_PROXY_PORT",
)
"""How those FOGBANK_ variables begin that the front door reads or sets itself; all others are handed to the boxes."""
MODES = ("local", "docker")
EMULATORS = ("both", "ministack", "localstack")
MOST_WORKERS = 4


@dataclass(frozen=True)
class Ports:
    """The ports on 127.0.0.1; each is moved by the variable FOGBANK_<FIELD>_PORT."""

    site: int = 8080
    gateway: int = 8000
    worker: int = 8001
    emulator: int = 4566
    ministack: int = 4567
    identity: int = 4568
    query: int = 4569
    analytics: int = 4570

    @classmethod
    def in_a_row(cls, first: int) -> "Ports":
        """One after the other, from this one on."""
        return cls(*range(first, first + len(fields(cls))))

    @staticmethod
    def variable(name: str) -> str:
        """The variable that moves a port, e.g. "gateway" -> "FOGBANK_GATEWAY_PORT"."""
        return f"FOGBANK_{name.upper()}_PORT"

    def environment(self) -> dict[str, str]:
        """The ports as the boxes read them."""
        return {self.variable(name): str(port) for name, port in asdict(self).items()}


@dataclass(frozen=True)
class Settings:
    """One stack: how it is run, where its state lies, which ports it takes."""

    home: Path = ROOT / ".fogbank"
    mode: str = ""
    """"local", "docker", or "" for whatever this machine can do."""
    emulator: str = ""
    """"both", "ministack", "localstack", or "" for the target's own choice."""
    ports: Ports = Ports()
    allowed_hosts: str = ""
    log_level: str = "INFO"
    workers: int = 1
    """Replicas of the worker, in Docker."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """FOGBANK_ variables that only a box knows; they win over what the front door would say."""
    emulator_proxy: int = 0
    """The port of a proxy through which the boxes reach the emulator on target local; 0: they reach it themselves."""
    lan: str = ""
    """The address at which a room reaches the site and the gateway; "auto" until it is looked up; "" for nobody."""
    licensed: bool = False
    """Whether LOCALSTACK_AUTH_TOKEN is set; the token itself is only ever handed to LocalStack."""

    def to_json(self) -> dict[str, Any]:
        """What stack.json holds; from_json is the way back."""
        return {**asdict(self), "home": str(self.home)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Settings":
        """What a newer version noted beside what is known here is left out.

        Raises TypeError, AttributeError or KeyError when the data was not written by to_json.
        """
        return cls(**{**_known(cls, data), "home": Path(data["home"]), "ports": Ports(**_known(Ports, data["ports"]))})


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in data.items() if name in names}


def from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that the variables name. Raises ConfigError, saying what would be right."""
    home = Path(environ.get("FOGBANK_HOME") or ROOT / ".fogbank").expanduser()
    settings = Settings(
        home=home if home.is_absolute() else ROOT / home,
        mode=_one_of("MODE", environ, MODES),
        emulator=_one_of("EMULATOR", environ, EMULATORS),
        ports=Ports(**{name: _port(name, default, environ) for name, default in asdict(Ports()).items()}),
        allowed_hosts=environ.get("FOGBANK_ALLOWED_HOSTS", ""),
        log_level=environ.get("FOGBANK_LOG_LEVEL") or "INFO",
        workers=_number("FOGBANK_WORKERS", environ, 1, range(1, MOST_WORKERS + 1)),
        extra=_extra(environ),
        emulator_proxy=_port("EMULATOR_PROXY", 0, environ),
        lan=environ.get("FOGBANK_LAN", "").strip(),
        licensed=bool(environ.get("LOCALSTACK_AUTH_TOKEN")),
    )
    _check_distinct(settings.ports)
    if settings.mode == "local" and settings.emulator in {"both", "localstack"}:
        raise ConfigError(f"EMULATOR={settings.emulator} needs Docker: LocalStack is a container. Use MODE=docker")
    return settings


def resolved(settings: Settings, mode: str) -> Settings:
    """The settings with nothing left open: mode as given, the emulator that the mode uses unless told otherwise."""
    default = "ministack" if mode == "local" else "both"
    return replace(settings, mode=mode, emulator=settings.emulator or default)


def _extra(environ: Mapping[str, str]) -> dict[str, str]:
    known = tuple(f"FOGBANK_{name}" for name in OWN) + tuple(map(Ports.variable, asdict(Ports())))
    return {
        name: environ[name] for name in sorted(environ) if name.startswith("FOGBANK_") and not name.startswith(known)
    }


def _one_of(name: str, environ: Mapping[str, str], choices: tuple[str, ...]) -> str:
    value = environ.get(name, "").strip().lower()
    if value and value not in choices:
        raise ConfigError(f"{name}={value} is not known; it can be {', '.join(choices)}, or left out")
    return value


def _port(name: str, default: int, environ: Mapping[str, str]) -> int:
    return _number(Ports.variable(name), environ, default, range(1024, 65536))


def _number(name: str, environ: Mapping[str, str], default: int, allowed: range) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) not in allowed:
        raise ConfigError(f"{name}={text} is not a number from {allowed.start} to {allowed.stop - 1}")
    return int(text)


def _check_distinct(ports: Ports) -> None:
    seen: dict[int, str] = {}
    for name, port in asdict(ports).items():
        if port in seen:
            both = f"{Ports.variable(seen[port])} and {Ports.variable(name)}"
            raise ConfigError(f"{both} are both {port}: give each a port of its own")
        seen[port] = name
