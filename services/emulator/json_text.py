"""Values as JSON text: fast, and whole also where the fast encoder gives up."""

import json
from typing import Any

import orjson


def dump(value: Any) -> bytes:
    """A value as one line of JSON, without its end."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a surrogate pair in a text
        return json.dumps(value, default=_parsed).encode()


def parse(text: bytes) -> Any:
    """The value of a line."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _parsed(fragment: Any) -> Any:
    return parse(fragment.contents)
