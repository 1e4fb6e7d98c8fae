"""Selection expressions: which route a message takes, which template a request gets.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

from cloud.errors import ConfigError
from services.gateway.jsonpath import MISSING, compile_path

Selection = Callable[[Any], str]
"""From a message's parsed body (MISSING when it is no JSON) to the key; what a body lacks is the empty string."""

_WHOLE = re.compile(r"\$request\.body((?:\.[\w-]+|\[\d+\]|\['[^']+'\])+)")
_PART = re.compile(r"\$\{request\.body((?:\.[\w-]+|\[\d+\]|\['[^']+'\])+)\}")


def compile_selection(expression: str) -> Selection:
    """$request.body.action, a text with ${request.body.a} in it, or a constant ("200"; a leading $ is written \\$).

    Raises ConfigError for whatever else begins with $.
    """
    if whole := _WHOLE.fullmatch(expression):
        return _member(whole[1])
    literals, members = _PART.split(expression)[::2], [_member(path) for path in _PART.findall(expression)]
    for literal in literals:
        if re.search(r"(?<!\\)\$", literal):
            raise ConfigError(f"selection expression {expression!r}: only $request.body.x and ${{request.body.x}}")
    texts = [literal.replace("\\$", "$") for literal in literals]
    return lambda body: texts[0] + "".join(m(body) + text for m, text in zip(members, texts[1:], strict=True))


def parse_body(text: str) -> Any:
    """A message's body as JSON, or MISSING."""
    try:
        return orjson.loads(text)
    except ValueError:
        return MISSING


def _member(path: str) -> Selection:
    find = compile_path(f"${path}")

    def read(body: Any) -> str:
        return "" if body is MISSING else _text(find(body))

    return read


def _text(value: Any) -> str:
    """Numbers and booleans as JSON writes them; nothing that is no scalar selects anything."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return orjson.dumps(value).decode()
    return ""
