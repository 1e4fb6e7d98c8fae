"""An event pattern, compiled: a tree of keys whose leaves are arrays of conditions.

Keys of an object must all fit, of an array one element must. Where the event has an array, one of its elements must
fit; an object is no value, so to a leaf it does not exist.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.worker.polling.filters.matchers import MISSING, InvalidPattern, Matcher, matcher

Test = Callable[[Any], bool]
"""Whether a value of an event fits: anything that JSON has, MISSING, a PlainText or UNREADABLE."""


@dataclass(frozen=True)
class PlainText:
    """A message's body that is no JSON: a pattern with keys asks for JSON, and does not even find a key absent."""

    text: str


UNREADABLE = object()
"""Kinesis data that is no JSON: nothing that a pattern may ask of it fits."""

DEEPEST = 100  # levels of a pattern; a test of more would go deeper than Python's stack
_OR = "$or"


def compiled(text: str) -> Test:
    """The test that a pattern's JSON stands for. InvalidPattern if it is none."""
    try:
        tree = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidPattern(str(error)) from error
    if not isinstance(tree, dict):
        raise InvalidPattern("a pattern is an object")
    if _levels(tree) > DEEPEST:
        raise InvalidPattern(f"a pattern has at most {DEEPEST} levels")
    return _object(tree) if tree else _anything


def _levels(tree: Any) -> int:
    """How deep objects and arrays are nested, the outermost counted."""
    levels, layer = 0, [tree]
    while layer:
        inner = (value for one in layer for value in (one.values() if isinstance(one, dict) else one))
        layer = [value for value in inner if isinstance(value, dict | list)]
        levels += 1
    return levels


def _refuse(constant: str) -> Any:
    raise InvalidPattern(f"{constant} is not JSON")


def _anything(_: Any) -> bool:
    return True


def _object(tree: Mapping[str, Any]) -> Test:
    if not tree:
        raise InvalidPattern("an empty object")
    either = _either(tree[_OR]) if isinstance(tree.get(_OR), list) else None
    tests = [(key, _test(inner)) for key, inner in tree.items() if not (either and key == _OR)]

    def fits(event: Mapping[str, Any]) -> bool:
        return all(test(event.get(key, MISSING)) for key, test in tests) and (either is None or either(event))

    return lambda value: any(map(fits, _objects(value)))


def _either(patterns: list[Any]) -> Test:
    if len(patterns) < 2 or not all(isinstance(pattern, dict) for pattern in patterns):
        raise InvalidPattern("$or takes two patterns or more")
    tests = [_object(pattern) for pattern in patterns]
    return lambda event: any(test(event) for test in tests)


def _test(inner: Any) -> Test:
    if isinstance(inner, dict):
        return _object(inner)
    if not isinstance(inner, list) or not inner:
        raise InvalidPattern("a leaf is an array of conditions")
    return _leaf([matcher(condition) for condition in inner])


def _leaf(matchers: list[Matcher]) -> Test:
    return lambda value: any(one(scalar) for scalar in _scalars(value) for one in matchers)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects at a place where the pattern goes on; an empty one if there are none, for what may be absent."""
    if value is UNREADABLE or isinstance(value, PlainText):
        return []
    found: list[Mapping[str, Any]] = [element for element in _flat(value) if isinstance(element, dict)]
    return found or [{}]


def _scalars(value: Any) -> list[Any]:
    if value is UNREADABLE:
        return []
    if isinstance(value, PlainText):
        return [value.text]
    return [element for element in _flat(value) if not isinstance(element, dict)] or [MISSING]


def _flat(value: Any) -> list[Any]:
    """The value, or the elements of an array, of the arrays in it, and so on; without recursion: data may be deep."""
    flat, left = [], [value]
    while left:
        element = left.pop()
        if isinstance(element, list):
            left.extend(reversed(element))
        else:
            flat.append(element)
    return flat
