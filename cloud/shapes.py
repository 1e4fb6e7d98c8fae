"""Checks a request against the constraints of a service's own model, and words violations as AWS does.

botocore ships the models: required members, ranges, lengths, patterns, enumerations. AWS answers all violations of a
request in one error, whose code differs by service.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import botocore.session

from cloud.errors import AwsError

# Where Lambda lists an enumeration in another order than the model has it.
_ENUM_ORDER = {"EventSourcePosition": "LATEST, AT_TIMESTAMP, TRIM_HORIZON"}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


def check(service: str, operation: str, request: Mapping[str, Any], code: str = "ValidationException") -> None:
    """Raise an error with this code, or SerializationException for a wrong type, unless the request conforms.

    service: boto3's name of it ("lambda"); operation: for example "CreateFunction"; request: its members by name.
    """
    shape = model(service).operation_model(operation).input_shape
    violations = list(_structure(shape, request, "")) if shape else []
    if violations:
        noun = "error" if len(violations) == 1 else "errors"
        raise AwsError(code, f"{len(violations)} validation {noun} detected: {'; '.join(violations)}")


@lru_cache(maxsize=8)
def model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        where = f"{path}{name[0].lower()}{name[1:]}"
        if value.get(name) is not None:
            yield from _value(member, value[name], where)
        elif name in shape.required_members:
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _value(shape: Any, value: Any, where: str) -> Iterator[str]:
    kinds = _TYPES.get(shape.type_name)
    if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        raise AwsError("SerializationException", f"{where} must be of type {shape.type_name}")
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{value}'"
    for constraint in _broken(shape, value):
        yield f"{shown} at '{where}' failed to satisfy constraint: Member must {constraint}"
    if shape.type_name == "structure":
        yield from _structure(shape, value, f"{where}.")
    elif shape.type_name == "list":
        for number, inner in enumerate(value, 1):
            yield from _value(shape.member, inner, f"{where}.{number}.member")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from _value(shape.value, inner, f"{where}.{name}")


def _broken(shape: Any, value: Any) -> Iterator[str]:
    limits = shape.metadata
    if "enum" in limits and value not in limits["enum"]:
        yield f"satisfy enum value set: [{_ENUM_ORDER.get(shape.name) or ', '.join(limits['enum'])}]"
    size, what = (value, "value") if shape.type_name == "integer" else (_length(value), "length")
    if size is not None and "min" in limits and size < limits["min"]:
        yield f"have {what} greater than or equal to {limits['min']}"
    if size is not None and "max" in limits and size > limits["max"]:
        yield f"have {what} less than or equal to {limits['max']}"
    pattern = limits.get("pattern")
    if pattern and isinstance(value, str) and not _pattern(pattern).fullmatch(value):
        yield f"satisfy regular expression pattern: {pattern}"


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str | list | dict) else None


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:  # Java's classes (\p{L}), which Python has not: let anything pass
        return re.compile(r"[\s\S]*")
