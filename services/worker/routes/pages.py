"""Lists that are answered in pages, as MaxItems and Marker ask for; https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from cloud.errors import AwsError

_MOST = 50  # items of a page, whatever is asked for


def of(query: Mapping[str, str], name: str, items: Sequence[Any], most: int = _MOST) -> dict[str, Any]:
    """One page of the items under this name, with a NextMarker when there are more.

    query: the request's; most: items of a page, whatever is asked for.
    """
    start, size = _start(query.get("Marker")), _size(query.get("MaxItems"), most)
    page: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        page["NextMarker"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return page


def _start(marker: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(marker)) if marker else 0
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", f"The marker is not one of ours: {marker}") from error


def _size(text: str | None, most: int) -> int:
    if text is None:
        return most
    # More digits than this are more than any list has, and more than int() takes. No other script's digits.
    digits = text if text.isascii() and text.isdecimal() else "0"
    if not digits.strip("0"):
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{text}' at 'maxItems' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        )
    return min(int(digits.lstrip("0")[:9]), most)
