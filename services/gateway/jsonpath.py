"""JSONPath as mapping templates use it: $.a.b, $['a b'], $.a[0], $.a[-1], $.a[*], $.*, $..a.

Expressions are compiled once. Filters and slices are not supported and say so.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from cloud.errors import FogbankError

MISSING: Any = object()
"""What a definite path that leads nowhere gives; None is JSON's null."""

Step = Callable[[Any], Iterator[Any]]

_TOKEN = re.compile(
    r"""\.\.(?P<deep>[\w-]+|\*) | \.(?P<name>[\w-]+) | (?P<all>\.\*|\[\*\])
      | \[\s*(?P<index>-?\d+)\s*\] | \[\s*(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]""",
    re.VERBOSE,
)


class BadPath(FogbankError):
    """The expression is no JSONPath that is understood here."""


@lru_cache(maxsize=1024)
def compile_path(expression: str) -> Callable[[Any], Any]:
    """A function from a parsed document to what the path finds in it.

    A definite path gives the value or MISSING, one with a wildcard or .. the list of all hits. Raises BadPath.
    """
    keys, definite = _parse(expression)
    if not keys:
        return _whole
    if definite:
        return lambda document: _follow(document, keys)
    return lambda document: _collect(document, keys)


def _whole(document: Any) -> Any:
    return document


def _parse(expression: str) -> tuple[tuple[Any, ...], bool]:
    text = expression.strip()
    if text.startswith("$"):
        text = text[1:]
    elif text:
        text = text if text.startswith(("[", ".")) else "." + text
    keys: list[Any] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadPath(f"JSONPath {expression!r} is not understood at {text[position:]!r}")
        keys.append(_key(found))
        position = found.end()
    return tuple(keys), all(isinstance(key, str | int) for key in keys)


class _All:
    """Every element or value."""


class _Deep:
    """A name anywhere below."""

    def __init__(self, name: str) -> None:
        self.name = name


def _key(found: re.Match[str]) -> Any:
    if (deep := found["deep"]) is not None:
        return _Deep(deep)
    if found["all"] is not None:
        return _All()
    if (index := found["index"]) is not None:
        return int(index)
    if (quoted := found["quoted"]) is not None:
        return re.sub(r"\\(.)", r"\1", quoted[1:-1])
    return found["name"]


def _follow(value: Any, keys: tuple[Any, ...]) -> Any:
    for key in keys:
        try:
            if isinstance(key, str) != isinstance(value, dict):
                return MISSING
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


def _collect(document: Any, keys: tuple[Any, ...]) -> list[Any]:
    values = [document]
    for key in keys:
        values = [hit for value in values for hit in _hits(value, key)]
    return values


def _hits(value: Any, key: Any) -> Iterator[Any]:
    if isinstance(key, _All):
        yield from _children(value)
    elif isinstance(key, _Deep):
        yield from _below(value, key.name)
    elif (found := _follow(value, (key,))) is not MISSING:
        yield found


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _below(value: Any, name: str) -> Iterator[Any]:
    if name == "*":
        yield from _children(value)
    elif isinstance(value, dict) and name in value:
        yield value[name]
    for child in _children(value):
        if isinstance(child, dict | list):
            yield from _below(child, name)
