"""What a box's settings are made of: the values of an environment's variables, checked."""

from collections.abc import Mapping

from cloud.errors import ConfigError


def number(environ: Mapping[str, str], name: str, default: float, least: float | None = None) -> float:
    """A variable's number, or the default where it is not set. least: the smallest allowed; None: anything above 0.

    Raises ConfigError, which names the variable.
    """
    text = environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = float("nan")
    if not (value > 0 if least is None else value >= least):
        raise ConfigError(f"{name} must be a number {'above 0' if least is None else f'from {least} on'}, not {text!r}")
    return value


def whole(environ: Mapping[str, str], name: str, default: int) -> int:
    """The same for a whole number above 0."""
    text = environ.get(name, "")
    if text and (not text.isdecimal() or int(text) < 1):
        raise ConfigError(f"{name} must be a whole number above 0, not {text!r}")
    return int(text) if text else default
