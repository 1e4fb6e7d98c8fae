"""What a box's settings are made of: the values of an environment's variables, checked."""

import math
from collections.abc import Mapping
from typing import Final

from cloud.errors import ConfigError

_LAST_PORT: Final = 65535


def number(environ: Mapping[str, str], name: str, default: float, least: float | None = None) -> float:
    """A variable's number, or the default where it is not set. least: the smallest allowed; None: anything above 0.

    Raises ConfigError, which names the variable.
    """
    text = environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not (value > 0 if least is None else value >= least):
        raise ConfigError(f"{name} must be a number {'above 0' if least is None else f'from {least} on'}, not {text!r}")
    return value


def whole(environ: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """The same for a whole number."""
    text = environ.get(name, "")
    if text and (not text.isdecimal() or int(text) < least):
        raise ConfigError(f"{name} must be a whole number from {least} on, not {text!r}")
    return int(text) if text else default


def port(environ: Mapping[str, str], name: str, default: int) -> int:
    """The same for a port to listen on or to be reached at."""
    if (value := whole(environ, name, default)) > _LAST_PORT:
        raise ConfigError(f"{name} must be a port number, not {environ.get(name, '')!r}")
    return value
