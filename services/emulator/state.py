"""A service's state as the JSON file that MiniStack reads at its start, made cheaply.

MiniStack copies all state deeply and then writes it with the slow JSON encoder: 10 to 20 times the time it takes to
write it straight from memory. That is harmless once at a stop, but not several times a second on the one event loop.
Here nothing is copied: the text is made in one go, before anything else can run.
"""

import json
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any, Protocol, runtime_checkable

import orjson


@runtime_checkable
class Kept(Protocol):
    """What of ours takes the place of a list of MiniStack's."""

    def kept(self) -> Any:
        """What the file holds of it."""


ATTEMPTS = 5  # another thread may change what is being read


def collect(get_state: Callable[[], Any], stores: dict[str, Any] | None = None) -> Any:
    """What a service's get_state returns, without the deep copies that it makes: to be read at once, never kept.

    stores: what the function finds under these names instead of its module's own.
    """
    if not isinstance(get_state, FunctionType):
        return get_state()
    uncopied = {"copy": SimpleNamespace(deepcopy=_itself, copy=_itself), "deepcopy": _itself}
    scope = {**get_state.__globals__, **uncopied, **(stores or {})}
    return FunctionType(get_state.__code__, scope, closure=get_state.__closure__)()


def encode(persistence: Any, key: str, get_state: Callable[[], Any]) -> bytes | None:
    """The file for a service, or None when it has nothing to keep. persistence: MiniStack's module of that name."""
    for attempt in range(ATTEMPTS):
        try:
            state = collect(get_state)
            return None if state is None else _text(persistence, key, state)
        except RuntimeError:  # "dictionary changed size during iteration"
            if attempt == ATTEMPTS - 1:
                raise
    return None


def _text(persistence: Any, key: str, state: Any) -> bytes:
    def default(value: Any) -> Any:
        return value.kept() if isinstance(value, Kept) else persistence._json_default(value)

    wrapped = {"__ministack_format__": persistence._state_format_version(key), "payload": state}
    try:
        return orjson.dumps(wrapped, default=default, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:
        if isinstance(error.__cause__, RuntimeError):
            raise error.__cause__ from error
        # Half a surrogate pair or a number beyond 64 bits: what the slow encoder can and the fast one cannot.
        return json.dumps(wrapped, default=default).encode()


def _itself(value: Any, _memo: Any = None) -> Any:
    return value
