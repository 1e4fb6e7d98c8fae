"""Java's objects as a template holds them, and how it prints them."""

import json
from typing import Any

import orjson


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
