"""DynamoDB's expressions, mended: MiniStack takes them apart again for every item, and copies items the slow way.

A TransactWriteItems of 100 conditional updates held the one event loop for 45 ms, and a Query of 10 items out of 200
for 4 ms. An expression's text always gives the same parts, so they are remembered; items are plain JSON, which needs
none of what copy.deepcopy does about cycles and classes.
"""

import copy
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import orjson

from services.emulator.patch import put

REMEMBERED = 2048  # expressions; a workshop has some dozens


def install(dynamodb: Any) -> None:
    """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
    parts = lru_cache(REMEMBERED)(dynamodb._tokenize)
    put(dynamodb, "_tokenize", lambda text: list(parts(text)))  # a list of its own: callers may take from it
    put(dynamodb, "_condition_syntax_error", lru_cache(REMEMBERED)(dynamodb._condition_syntax_error))
    for name in ("_check_reserved_keyword_usage", "_check_redundant_parens"):
        put(dynamodb, name, _remembering(getattr(dynamodb, name)))
    put(dynamodb, "copy", SimpleNamespace(deepcopy=plain_copy))


def plain_copy(value: Any) -> Any:
    """A deep copy: of JSON by way of its text, which is ten times faster; of anything else by copy.deepcopy."""
    if type(value) not in {dict, list}:
        return copy.deepcopy(value)
    try:
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS))
    except (orjson.JSONEncodeError, orjson.JSONDecodeError):
        return copy.deepcopy(value)


def _remembering(check: Any) -> Any:
    remembered = lru_cache(REMEMBERED)(check)
    return lambda tokens, *rest: remembered(tuple(tokens), *rest)
