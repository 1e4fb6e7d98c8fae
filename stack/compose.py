"""What fills in docker-compose.yml, and what the containers are told: from the settings and the table of targets."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from stack import accounts, engine, state, targets
from stack.settings import ROOT, Settings

LOCALSTACK_IMAGE = "localstack/localstack:4.14.0"
LICENSED_IMAGE = "localstack/localstack-pro:4.14.0"
ORDER = (
    "site", "gateway", "localstack", "ministack", "lambda", "worker", "identity", "analytics", "query",
    "bootstrap", "keeper",
)  # fmt: skip
"""The services, in the order that the data takes."""
WAY = "way"
"""The proxy of fault runs, in docker-compose.chaos.yml."""
MARK = "# Written by `make up`; the next one overwrites it.\n"


def image() -> str:
    """The image's name: one per clone, shared by all stacks that are started from it."""
    return f"fogbank:{_hash(ROOT)}"


def project(settings: Settings) -> str:
    """Compose's project: one per FOGBANK_HOME."""
    return f"fogbank-{_hash(settings.home)}"


def command(settings: Settings) -> tuple[str, ...]:
    """Compose, told which stack it is about."""
    where = ("--env-file", str(settings.home / "compose.env"), "--project-directory", str(ROOT))
    files = ["docker-compose.yml", *(["docker-compose.lan.yml"] if settings.lan else [])]
    files += ["docker-compose.chaos.yml"] if settings.emulator_proxy else []
    return (*engine.compose(), *where, *(part for name in files for part in ("--file", str(ROOT / name))))


def variables(settings: Settings) -> dict[str, str]:
    """What docker-compose.yml is filled in with."""
    addresses = targets.on_this_machine(settings)
    needs_localstack = targets.LOCALSTACK in targets.answerers(settings).values()
    default_image = LICENSED_IMAGE if settings.licensed else LOCALSTACK_IMAGE
    return {
        "COMPOSE_PROJECT_NAME": project(settings),
        "COMPOSE_PROFILES": "localstack" if needs_localstack else "",
        "FOGBANK_HOME": str(settings.home),
        "FOGBANK_IMAGE": image(),
        "FOGBANK_UID": str(os.getuid() or 10001),
        "FOGBANK_LOCALSTACK_IMAGE": os.environ.get("FOGBANK_LOCALSTACK_IMAGE") or default_image,
        "FOGBANK_LOCALSTACK_SERVICES": targets.localstack_services(settings),
        "FOGBANK_MINISTACK_PUBLISHED": addresses[targets.MINISTACK].rsplit(":", 1)[1],
        **settings.ports.environment(),
        **(_lan(settings) if settings.lan else {}),
        **(_ways(settings) if settings.emulator_proxy else {}),
    }


def _lan(settings: Settings) -> dict[str, str]:
    return {
        "COMPOSE_FILE": os.pathsep.join(["docker-compose.yml", "docker-compose.lan.yml"]),
        "FOGBANK_LAN": settings.lan,
        "FOGBANK_LAN_HOSTS": f"{environment(settings)['FOGBANK_ALLOWED_HOSTS']},{settings.lan}",
    }


def _ways(settings: Settings) -> dict[str, str]:
    """What docker-compose.chaos.yml is filled in with: a port of the proxy for each emulator."""
    direct, proxied = targets.in_the_network(settings), _addresses(settings)
    ports = {who: address.rsplit(":", 1)[1] for who, address in proxied.items() if address != direct[who]}
    return {
        "FOGBANK_EMULATOR_PROXY_PORT": str(settings.emulator_proxy),
        "FOGBANK_EMULATOR_WAYS": ",".join(f"{port}={direct[who]}" for who, port in ports.items()),
    }


def _addresses(settings: Settings) -> dict[str, str]:
    """Who answers -> address, for the boxes: the emulators' may be a proxy's."""
    proxy = settings.emulator_proxy
    ways = {targets.MINISTACK: f"http://{WAY}:{proxy}", targets.LOCALSTACK: f"http://{WAY}:{proxy + 1}"}
    return targets.in_the_network(settings) | (ways if proxy else {})


def environment(settings: Settings) -> dict[str, str]:
    """What the boxes get; ports are the same inside and outside, so that addresses shown to a browser are right."""
    names = ",".join([*ORDER, *([WAY] if settings.emulator_proxy else []), *filter(None, [settings.allowed_hosts])])
    who, outside = targets.answerers(settings), targets.on_this_machine(settings)
    browser = {name: outside[who[name]].replace("127.0.0.1", "localhost") for name in _FOR_BROWSERS}
    return {
        **targets.environment(settings, _addresses(settings)),
        "FOGBANK_ALLOWED_HOSTS": names,
        "FOGBANK_BIND": "0.0.0.0",
        **{_FOR_BROWSERS[name]: address for name, address in browser.items()},
        "FOGBANK_HOME": "/tmp",  # noqa: S108 a container's own
        "FOGBANK_LOG_LEVEL": settings.log_level,
    }


_FOR_BROWSERS = {
    "COGNITO_IDENTITY_PROVIDER": "FOGBANK_COGNITO_URL",
    "KINESIS": "FOGBANK_KINESIS_URL",
    "SQS": "FOGBANK_SQS_URL",
}
"""Services that pages call -> the variable that tells the site where browsers find them."""


def write_files(settings: Settings) -> None:
    """Write the variables where Compose reads them, and for the clone's own stack to .env too, for Compose by hand."""
    home = settings.home
    state.prepare(home)
    passwords = accounts.environment(accounts.ensure(home))
    state.write_private(home / "compose.env", MARK + _lines(variables(settings)))
    state.write_private(home / "boxes.env", _lines(environment(settings)))
    state.write_private(home / "accounts.env", _lines(passwords))
    if is_the_clones_own(settings) and (not BY_HAND.exists() or _is_ours(BY_HAND)):
        state.write_private(BY_HAND, MARK + _lines(variables(settings)))


def is_the_clones_own(settings: Settings) -> bool:
    """Whether this is the stack of the clone, not one beside it such as a test's."""
    return settings.home == Settings().home


def forget_by_hand() -> None:
    """Remove .env, if it was written here."""
    if _is_ours(BY_HAND):
        BY_HAND.unlink()


BY_HAND = ROOT / ".env"


def _is_ours(path: Path) -> bool:
    with suppress(OSError):
        return path.read_text(encoding="utf-8").startswith(MARK)
    return False


def _lines(values: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
