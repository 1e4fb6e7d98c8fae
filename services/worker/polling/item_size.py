"""How large DynamoDB counts an item: for the SizeBytes of a stream's record, which not every emulator counts.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import base64
from collections.abc import Mapping
from typing import Any


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item in attribute-value form, binary values in base64."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind in ("S", "B"):
        return len(value.encode()) if kind == "S" else len(base64.b64decode(value))
    if kind == "N":
        return _number(value)
    if kind in ("SS", "NS", "BS"):
        return sum(_size({kind[0]: element}) for element in value)
    if kind == "L":
        return 3 + sum(1 + _size(element) for element in value)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(element) for name, element in value.items())
    return 1  # BOOL, NULL


def _number(text: str) -> int:
    """About a byte for two digits, and one more; zeros at either end do not count."""
    digits = text.upper().partition("E")[0].lstrip("+-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")
