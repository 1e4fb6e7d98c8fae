"""Java's methods of strings, maps, lists and numbers, as far as mapping templates use them."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from airspeed import operators

from services.gateway.velocity.values import JavaArray, JavaList, JavaMap, printed

Methods = Mapping[str, Callable[..., Any]]


def _replace_all(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    # Java writes groups as $1 and a literal with a backslash before it; Python as \g<1>.
    python = re.sub(r"\\(.)|\$(\d)", lambda m: m[1].replace("\\", "\\\\") if m[1] else rf"\g<{m[2]}>", replacement)
    return re.sub(pattern, python, text, count=count)


def _number(text: Any) -> Any:
    number = float(text)
    return int(number) if math.isfinite(number) and number == int(number) else number


_OF_STRINGS: Methods = {
    "replaceAll": _replace_all,
    "toUpperCase": lambda text: text.upper(),
    "toLowerCase": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "endsWith": lambda text, end: text.endswith(end),
    "concat": lambda text, other: text + other,
    "isEmpty": lambda text: not text,
    "toString": lambda text: text,
    "compareTo": lambda text, other: (text > other) - (text < other),
    "indexOf": lambda text, part: text.find(part),
    "lastIndexOf": lambda text, part: text.rfind(part),
    "charAt": lambda text, at: text[at],
    "replaceFirst": lambda text, pattern, to: _replace_all(text, pattern, to, 1),
}

_OF_MAPS: Methods = {
    "size": len,
    "isEmpty": lambda self: not self,
    "containsKey": lambda self, key: key in self,
    "entrySet": lambda self: [{"key": key, "value": value} for key, value in self.items()],
    "keySet": JavaArray,
    "get": lambda self, key, *_: self.get(key),
    "getOrDefault": lambda self, key, default: self.get(key, default),
    "remove": lambda self, key: self.pop(key, None),
    "toString": str,
}

_OF_LISTS: Methods = {
    "indexOf": lambda self, item: self.index(item) if item in self else -1,
    "addAll": lambda self, items: self.extend(items) or True,
    "toString": str,
}

# Integer.parseInt and the like, as templates reach them through any number: $n.parseInt("5")
_PARSERS: Methods = {
    name: lambda _self, text: _number(text) for name in ("parseInt", "parseLong", "parseDouble", "valueOf")
}

_OF_NUMBERS: Methods = {
    "toString": printed,
    "intValue": int,
    "longValue": int,
    "doubleValue": float,
    "equals": lambda self, other: self == other,
    **_PARSERS,
}


def _table() -> dict[type, Methods]:
    known: Mapping[type, Methods] = operators.__additional_methods__
    strings, maps, lists = {**known[str], **_OF_STRINGS}, {**known[dict], **_OF_MAPS}, {**known[list], **_OF_LISTS}
    of_lists: dict[type, Methods] = dict.fromkeys((list, JavaList, JavaArray), lists)
    of_numbers: dict[type, Methods] = dict.fromkeys((int, float, bool), _OF_NUMBERS)
    return {str: strings, dict: maps, JavaMap: maps, **of_lists, **of_numbers}


METHODS = _table()
"""By the value's own type; the value is the first argument. Attributes of Python's objects come before them."""
