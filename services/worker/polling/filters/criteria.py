"""A mapping's FilterCriteria: a record passes when one of the filters fits, and always when there is none.

A filter sees a record as the function will, but for its payload: Kinesis' data and the body of a message are seen as
the JSON that they hold. The record that is delivered stays as it is.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from services.worker.polling.filters.matchers import InvalidPattern
from services.worker.polling.filters.pattern import UNREADABLE, PlainText, Test, compiled
from services.worker.polling.record import Record

MOST = 10  # filters: Lambda's raised quota
LONGEST = 4096  # characters of a pattern


def check(filters: Iterable[Any]) -> None:
    """InvalidPattern unless every filter has a pattern that makes sense."""
    for one in filters:
        pattern = one.get("Pattern") if isinstance(one, dict) else None
        if not isinstance(pattern, str) or len(pattern) > LONGEST:
            raise InvalidPattern("a filter has a Pattern")
        compiled(pattern)


def passing(settings: Mapping[str, Any], records: Iterable[Record]) -> tuple[Record, ...]:
    """The records that a mapping of these settings lets pass, in their order."""
    patterns = tuple(one["Pattern"] for one in (settings.get("FilterCriteria") or {}).get("Filters", ()))
    if not patterns:
        return tuple(records)
    tests = [_compiled(pattern) for pattern in patterns]
    seen = ((record, visible(record.event)) for record in records)
    return tuple(record for record, event in seen if any(test(event) for test in tests))


def visible(event: Mapping[str, Any]) -> dict[str, Any]:
    """What a pattern sees of a record."""
    if "kinesis" in event:
        kinesis = dict(event["kinesis"])
        data = _json(base64.b64decode(kinesis.pop("data")))
        outer = {name: value for name, value in event.items() if name != "kinesis"}
        return {**outer, **kinesis, "data": UNREADABLE if data is None else data}
    if "body" in event:
        body = _json(event["body"].encode())
        return {**event, "body": PlainText(event["body"]) if body is None else body}
    return dict(event)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Test:
    return compiled(pattern)


def _json(text: bytes) -> Any:
    """What the text holds; None when it is no JSON (or null, which no pattern asks for)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested without end
        return None
