"""Values as JSON text: fast, and whole also where the fast encoder gives up."""

import json
from typing import Any

import orjson


def dump(value: Any, *, sort_keys: bool = False) -> bytes:
    """A value as one line of JSON, without its end."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except orjson.JSONEncodeError:  # half a surrogate pair in a text
        return json.dumps(value, default=_parsed, sort_keys=sort_keys).encode()


def parse(text: bytes) -> Any:
    """The value of a line."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _parsed(fragment: Any) -> Any:
    return parse(fragment.contents)
