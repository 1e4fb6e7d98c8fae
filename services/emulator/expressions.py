"""DynamoDB's expressions, mended: MiniStack takes them apart again for every item, and copies items the slow way.

A TransactWriteItems of 100 conditional updates held the one event loop for 40 to 50 ms, and a Query of 10 items out of
200 for 3.5 ms. An expression's text always gives the same parts, so they are remembered; items are plain JSON, which
needs none of what copy.deepcopy does about cycles and classes.
"""

import copy
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

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
    """A deep copy of JSON; anything else goes to copy.deepcopy."""
    kind = type(value)
    if kind is dict:
        return {key: plain_copy(part) for key, part in value.items()}
    if kind is list:
        return [plain_copy(part) for part in value]
    if kind in {str, int, float, bool, type(None)}:
        return value
    return copy.deepcopy(value)


def _remembering(check: Any) -> Any:
    remembered = lru_cache(REMEMBERED)(check)
    return lambda tokens, *rest: remembered(tuple(tokens), *rest)
