"""What the front door remembers between two commands: FOGBANK_HOME, stack.json in it, and who may change them now."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from cloud.errors import ConfigError
from stack import settings as declared
from stack.settings import Settings

FOLDERS = ("emulator", "functions", "logs", "run")
FILES = (
    "accounts.env",
    "accounts.json",
    "bootstrap.lock",
    "bootstrap.ready",
    "boxes.env",
    "compose.env",
    "demo.json",
    "identity.key",
    "stack.json",
)
"""All that the stack and its demo put into FOGBANK_HOME: `make clean` removes these and nothing else."""


def prepare(home: Path) -> None:
    """Make the folder and its own folders, private to the caller. Raises ConfigError when that cannot be."""
    try:
        for folder in (home, home / "logs", home / "run"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(home / "run" / "writable", "")
    except OSError as error:
        raise ConfigError(
            f"{home} cannot be written to ({error.strerror}): "
            "mend its permissions, or name another folder in FOGBANK_HOME"
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only the caller can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def remember(settings: Settings) -> None:
    """Note the stack that is being started, for demo, down, ps, logs and the tests to act on."""
    write_private(settings.home / "stack.json", json.dumps(settings.to_json(), indent=2) + "\n")


def recall(home: Path) -> Settings | None:
    """The stack that was started last from this folder; None when none was, or when its note cannot be read."""
    with suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
        return Settings.from_json(json.loads((home / "stack.json").read_text(encoding="utf-8")))
    return None


def remembered(environ: Mapping[str, str]) -> Settings:
    """The same, for those who cannot go on without. Raises ConfigError when there is none."""
    home = declared.from_env({name: value for name, value in environ.items() if name == "FOGBANK_HOME"}).home
    if settings := recall(home):
        return settings
    raise ConfigError(f"nothing was started from {home} yet: run make up first")


def forget(home: Path) -> None:
    """Remove what the stack put into the folder, and the folder when nothing else is left in it."""
    for name in FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)
    for name in FILES:
        (home / name).unlink(missing_ok=True)
    with suppress(OSError):
        home.rmdir()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """While inside, no other front door changes this stack; a second one waits, and says so."""
    while True:
        prepare(home)
        with (home / "run" / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("another make up or make down is at work on this stack; waiting for it", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file.fileno(), home / "run" / "lock"):
                yield
                return
        # It was make clean that was waited for: it took the folder away, and the next comer would lock another file.


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
