"""What airspeed is taught of Velocity as API Gateway runs it: Java's objects and methods, #break, and limits.

An undefined reference is the empty string, as on API Gateway. Names that begin with an underscore are undefined: a
template reaches no inside of Python's objects.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

import orjson
from airspeed import operators

MAX_TURNS = 1000
"""Of one #foreach, AWS's limit."""


class TooManyTurns(Exception):
    """A #foreach went round more often than AWS lets it."""


class Output:
    """Where a template writes. parts: of its text; stop: whether #stop ended it."""

    __slots__ = ("parts", "stop")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.stop = False

    def write(self, text: str) -> None:
        """One more part, unless the template has ended."""
        if not self.stop:
            self.parts.append(text)


class Break(BaseException):
    """#break; no Exception, which airspeed would wrap."""


class JavaMap(dict[str, Any]):
    """A JSON object as a template holds it: printed as Java prints a map, {a=1, b=x}."""

    def values(self) -> "JavaArray":  # type: ignore[override] # a template may print it
        """The values, in a list that prints as Java's."""
        return JavaArray(super().values())

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}={printed(value)}" for key, value in self.items()) + "}"


class JavaList(list[Any]):
    """A JSON array as a template holds it: printed as JSON."""

    def __str__(self) -> str:
        return to_json(self)


class JavaArray(list[Any]):
    """A list that a template made: printed as Java prints one, [1, 2]."""

    def __str__(self) -> str:
        return "[" + ", ".join(printed(item) for item in self) + "]"


def as_java(value: Any) -> Any:
    """JSON objects and arrays in the dress that templates expect; everything else as it is."""
    if isinstance(value, dict):
        return JavaMap({key: as_java(item) for key, item in value.items()})
    if isinstance(value, list):
        return JavaList(as_java(item) for item in value)
    return value


def to_json(value: Any) -> str:
    """JSON text without needless spaces; numbers beyond 64 bits included."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def printed(value: Any) -> str:
    """A value as a template prints it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _replace_all(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    # Java writes groups as $1 and a literal with a backslash before it; Python as \g<1>.
    python = re.sub(r"\\(.)|\$(\d)", lambda m: m[1].replace("\\", "\\\\") if m[1] else rf"\g<{m[2]}>", replacement)
    return re.sub(pattern, python, text, count=count)


def _number(text: Any) -> Any:
    number = float(text)
    return int(number) if math.isfinite(number) and number == int(number) else number


_STRING_METHODS: dict[str, Callable[..., Any]] = {
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

_MAP_METHODS: dict[str, Callable[..., Any]] = {
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

_LIST_METHODS: dict[str, Callable[..., Any]] = {
    "indexOf": lambda self, item: self.index(item) if item in self else -1,
    "addAll": lambda self, items: self.extend(items) or True,
    "toString": str,
}

_NUMBER_METHODS: dict[str, Callable[..., Any]] = {
    "toString": printed,
    "intValue": int,
    "longValue": int,
    "doubleValue": float,
    "equals": lambda self, other: self == other,
}

# Integer.parseInt and the like, as templates reach them through any number: $n.parseInt("5")
_PARSERS: dict[str, Callable[..., Any]] = {
    name: lambda _self, text: _number(text) for name in ("parseInt", "parseLong", "parseDouble", "valueOf")
}


def teach() -> None:
    """Change airspeed, once per process."""
    _teach_methods()
    _teach_references()
    _teach_literals()
    _teach_loops()


def _teach_methods() -> None:
    methods = operators.__additional_methods__
    methods[str].update(_STRING_METHODS)
    methods[dict].update(_MAP_METHODS)
    methods[list].update(_LIST_METHODS)
    methods[JavaMap] = methods[dict]
    methods[JavaList] = methods[JavaArray] = methods[list]
    for kind in (int, float, bool):
        methods[kind] = {**_NUMBER_METHODS, **_PARSERS}


def _teach_references() -> None:
    plain, name_or_call = operators.VariableExpression.calculate, operators.NameOrCall.calculate

    def calculate(self: Any, namespace: Any, loader: Any, global_namespace: Any = None) -> Any:
        value = plain(self, namespace, loader, global_namespace)
        return "" if value is None else value

    def named(self: Any, current: Any, loader: Any, top: Any) -> Any:
        return None if self.name[0] == "_" else name_or_call(self, current, loader, top)

    operators.VariableExpression.calculate = calculate
    operators.NameOrCall.calculate = named


def _teach_literals() -> None:
    dictionary, values = operators.DictionaryLiteral.calculate, operators.ValueList.calculate
    listed = operators.Range.calculate

    def limited(self: Any, namespace: Any, loader: Any) -> Any:
        numbers = listed(self, namespace, loader)
        if len(numbers) > 100 * MAX_TURNS:
            raise ValueError("the range is too long")
        return JavaArray(numbers)

    operators.DictionaryLiteral.calculate = lambda self, *more: JavaMap(dictionary(self, *more))
    operators.ValueList.calculate = lambda self, *more: JavaArray(values(self, *more))
    operators.Range.calculate = limited


def _teach_loops() -> None:
    stop = operators.StopDirective
    stopped = stop.evaluate_raw
    stop.STOP = re.compile(r"#(?:stop|(break))\b(.*)", re.DOTALL | re.IGNORECASE)

    def parse(self: Any) -> None:
        (self.leave,) = self.identity_match(stop.STOP)

    def evaluate(self: Any, stream: Any, namespace: Any, loader: Any) -> None:
        if self.leave:
            raise Break
        stopped(self, stream, namespace, loader)

    stop.parse, stop.evaluate_raw = parse, evaluate
    operators.ForeachDirective.evaluate_raw = _foreach


def _foreach(self: Any, stream: Any, namespace: Any, loader: Any) -> None:
    """#foreach over a list, or over a map's values, as Velocity has it; over nothing when it is no collection."""
    items = self.value.calculate(namespace, loader)
    items = list(items.values()) if isinstance(items, dict) else items
    if not isinstance(items, list | tuple | range | set | type({}.keys())):
        return
    if len(items) > MAX_TURNS:
        raise TooManyTurns(f"a #foreach would go round {len(items)} times, at most {MAX_TURNS} are allowed")
    last = len(items)
    for count, item in enumerate(items, 1):
        own = operators.LocalNamespace(namespace)
        more = count < last
        own["velocityCount"], own["velocityHasNext"], own[self.loop_var_name] = count, more, item
        own["foreach"] = {
            "count": count, "index": count - 1, "hasNext": more, "first": count == 1, "last": not more,
        }  # fmt: skip
        try:
            self.block.evaluate(stream, own, loader)
        except Break:
            return
