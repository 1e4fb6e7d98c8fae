"""The Docker engine and its Compose, v2 or docker-compose 1.29: found, asked, run."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

PATIENCE = 5
"""Seconds that an engine may take to answer; one that is starting or hangs counts as none."""
OLDEST = (1, 29)


def why_not() -> str:
    """Why the stack cannot run in Docker on this machine, in words; "" when it can."""
    if not shutil.which("docker"):
        return "there is no `docker` command"
    answer = _ask("docker", "info", "--format", "{{.ServerVersion}}")
    if answer is None:
        return f"no Docker engine answers within {PATIENCE} s: start Docker, or ask to be put into its group"
    if not compose():
        return "there is neither `docker compose` nor `docker-compose` 1.29 or newer"
    return ""


@lru_cache(maxsize=1)
def compose() -> tuple[str, ...]:
    """The command that is Compose here; empty when there is none."""
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]) and _new_enough(_ask(*command, "version", "--short") or ""):
            return command
    return ()


def run(
    *command: str, environ: Mapping[str, str] | None = None, quiet: bool = True, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. quiet: keep what it prints for the caller instead of showing it."""
    return subprocess.run(
        command,
        env={**os.environ, **(environ or {})},
        capture_output=quiet,
        text=True,
        check=False,
        timeout=timeout,
    )


class Begun:
    """A command that runs while something else is done; what it prints is kept."""

    def __init__(self, process: subprocess.Popen[str], output: Path) -> None:
        self.poll, self.wait = process.poll, process.wait
        self._process, self._output = process, output

    def lines(self) -> Iterator[str]:
        """Each line as it is printed, until the command ends."""
        pause = threading.Event()
        with self._output.open(encoding="utf-8", errors="replace") as file:
            while True:
                ended = self.poll() is not None
                yield from (line.rstrip() for line in file.readlines())
                if ended:
                    return
                pause.wait(0.1)

    def said(self) -> str:
        """All that it has printed so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")


@contextmanager
def begun(*command: str, environ: Mapping[str, str]) -> Iterator[Begun]:
    """Begin a command; at the end of the block it is stopped if it still runs."""
    with tempfile.NamedTemporaryFile(prefix="fogbank-") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield Begun(process, Path(output.name))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def last_lines(text: str) -> str:
    """The end of what a command has said, set in."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-25:])


def _ask(*command: str) -> str | None:
    try:
        done = run(*command, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else None


def _new_enough(version: str) -> bool:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    return bool(numbers) and tuple(map(int, numbers.groups())) >= OLDEST  # type: ignore[union-attr]
