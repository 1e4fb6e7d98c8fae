"""The Docker engine and its Compose, v2 or docker-compose 1.29: found, asked, run."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache

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


def _ask(*command: str) -> str | None:
    try:
        done = run(*command, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else None


def _new_enough(version: str) -> bool:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    return bool(numbers) and tuple(map(int, numbers.groups())) >= OLDEST  # type: ignore[union-attr]
