"""How a mend takes the place of a function of MiniStack."""

from typing import Any

from cloud.errors import ConfigError


def put(module: Any, name: str, replacement: Any) -> Any:
    """Replace a module's function; the one that was there. Raises ConfigError when there is none of that name."""
    if not hasattr(module, name):
        raise ConfigError(f"{module.__name__} has no {name}: this MiniStack is not the one that it was mended for")
    original = getattr(module, name)
    setattr(module, name, replacement)
    return original
