"""The demo accounts' passwords: generated once per install, kept in FOGBANK_HOME/accounts.json, mode 0600."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

from labs import declare
from stack.state import write_private


def ensure(home: Path) -> dict[str, str]:
    """User name -> password for every account that a lab declares; what is missing in the file is added to it."""
    path = home / "accounts.json"
    known = read(home)
    wanted = {name: known.get(name) or _password() for name in usernames()}
    if wanted != known:
        write_private(path, json.dumps(wanted, indent=2) + "\n")
    path.chmod(0o600)
    return wanted


def read(home: Path) -> dict[str, str]:
    """What the file holds; nothing when it is missing or not ours."""
    with suppress(OSError, ValueError):
        data = json.loads((home / "accounts.json").read_text(encoding="utf-8"))
        return {str(name): str(password) for name, password in data.items()}
    return {}


def usernames() -> list[str]:
    """The demo accounts of all labs, each once, in the order of declaration."""
    users = (user for name in declare.names() for user in declare.load(name).of(declare.UserPoolUser))
    return list(dict.fromkeys(user.Username for user in users))


def environment(accounts: dict[str, str]) -> dict[str, str]:
    """The same as variables, for boxes that cannot see the file."""
    return {f"FOGBANK_PASSWORD_{name.upper()}": password for name, password in accounts.items()}


def _password() -> str:
    """Twelve characters, among them all kinds that Cognito's default policy asks for."""
    while True:
        password = secrets.token_urlsafe(9)
        kinds = (any(map(test, password)) for test in (str.islower, str.isupper, str.isdigit, "-_".__contains__))
        if all(kinds) and password[0].isalnum():  # with - in front a shell would take it for an option
            return password
