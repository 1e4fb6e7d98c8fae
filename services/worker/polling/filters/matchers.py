"""The leaves of an event pattern: each is one condition on one value.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Matcher = Callable[[Any], bool]
"""Whether a value fits: a scalar of JSON, or MISSING."""

MISSING: Final = object()
"""Stands for a value that the event does not have at the leaf's place."""

_COMPARE = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPattern(ValueError):
    """The pattern makes no sense; Lambda says so without saying why."""


def matcher(leaf: Any) -> Matcher:
    """What an element of a leaf's array asks for: a scalar, or an object with one operator in it."""
    if not isinstance(leaf, dict):
        return _literal(leaf)
    if len(leaf) != 1:
        raise InvalidPattern(f"one operator, not {list(leaf)}")
    ((name, argument),) = leaf.items()
    if name not in _OPERATORS:
        raise InvalidPattern(f"unknown operator {name}")
    return _OPERATORS[name](argument)


def is_number(value: Any) -> bool:
    """A number of JSON; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _literal(wanted: Any) -> Matcher:
    if isinstance(wanted, list):
        raise InvalidPattern("an array in an array")
    if is_number(wanted):
        return lambda value: is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def _text(argument: Any) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern(f"a string, not {argument!r}")
    return argument


def _prefix(argument: Any) -> Matcher:
    """A string, or {"equals-ignore-case": string}."""
    start, fold = _foldable(argument)
    return lambda value: isinstance(value, str) and fold(value).startswith(start)


def _suffix(argument: Any) -> Matcher:
    end, fold = _foldable(argument)
    return lambda value: isinstance(value, str) and fold(value).endswith(end)


def _foldable(argument: Any) -> tuple[str, Callable[[str], str]]:
    if isinstance(argument, dict):
        if list(argument) != ["equals-ignore-case"]:
            raise InvalidPattern(f"equals-ignore-case, not {list(argument)}")
        return _text(argument["equals-ignore-case"]).casefold(), str.casefold
    return _text(argument), str


def _ignore_case(argument: Any) -> Matcher:
    wanted = _text(argument).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == wanted


def _wildcard(argument: Any) -> Matcher:
    """An asterisk stands for any characters, none included; backslash escapes it and itself.

    Each piece is looked for where the one before it ended, so a match takes the time of one pass: a regular expression
    with several asterisks would try every way to divide the value, which whoever sends it can make last for hours.
    """
    parts = re.findall(r"\\[*\\]|\*|\\|[^*\\]+", _text(argument))
    if "\\" in parts or "**" in re.sub(r"\\.", "", argument):
        raise InvalidPattern(f"wildcard {argument!r}")
    pieces = [""]
    for part in parts:
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += _unescaped(part)
    return lambda value: isinstance(value, str) and _in_order(pieces, value)


def _in_order(pieces: Sequence[str], value: str) -> bool:
    """Whether the value is these pieces, with anything between them."""
    if len(pieces) == 1:
        return value == pieces[0]
    first, *middle, last = pieces
    at, end = len(first), len(value) - len(last)
    if at > end or not value.startswith(first) or not value.endswith(last):
        return False
    for piece in middle:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _unescaped(part: str) -> str:
    return part[1:] if part.startswith("\\") else part


def _numeric(argument: Any) -> Matcher:
    """[op, number], or a range: [lower op, number, upper op, number]. Only numbers fit, never text with digits."""
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise InvalidPattern(f"numeric {argument!r}")
    signs, bounds = argument[::2], argument[1::2]
    if not all(isinstance(sign, str) and sign in _COMPARE for sign in signs) or not all(map(is_number, bounds)):
        raise InvalidPattern(f"numeric {argument!r}")
    if len(signs) == 2 and not (signs[0][0] == ">" and signs[1][0] == "<" and bounds[0] < bounds[1]):
        raise InvalidPattern(f"numeric range {argument!r}")
    tests = [(_COMPARE[sign], bound) for sign, bound in zip(signs, bounds, strict=True)]
    return lambda value: is_number(value) and all(compare(value, bound) for compare, bound in tests)


def _exists(argument: Any) -> Matcher:
    if not isinstance(argument, bool):
        raise InvalidPattern(f"exists {argument!r}")
    return lambda value: (value is not MISSING) is argument


def _cidr(argument: Any) -> Matcher:
    try:
        network = ipaddress.ip_network(_text(argument), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"cidr {argument!r}") from error

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def _anything_but(argument: Any) -> Matcher:
    """Any value but these; no value at all does not fit."""
    refused = _refused(argument)
    return lambda value: value is not MISSING and not any(one(value) for one in refused)


def _refused(argument: Any) -> list[Matcher]:
    if isinstance(argument, dict):
        return _refused_by_operator(argument)
    values = argument if isinstance(argument, list) else [argument]
    if not values or not (all(map(is_number, values)) or all(isinstance(value, str) for value in values)):
        raise InvalidPattern(f"anything-but {argument!r}")
    return [_literal(value) for value in values]


def _refused_by_operator(argument: Mapping[str, Any]) -> list[Matcher]:
    if len(argument) != 1 or not (build := _NEGATED.get(next(iter(argument)))):
        raise InvalidPattern(f"anything-but {argument!r}")
    (wanted,) = argument.values()
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or "" in values:
        raise InvalidPattern(f"anything-but {argument!r}")
    return [build(value) for value in values]


_NEGATED: dict[str, Callable[[Any], Matcher]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
    "equals-ignore-case": _ignore_case,
}
_OPERATORS: dict[str, Callable[[Any], Matcher]] = {
    **_NEGATED,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
