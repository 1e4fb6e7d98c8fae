"""What a function's answer says about the records of its batch (ReportBatchItemFailures), and its window's state.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

import json
from collections.abc import Sequence
from typing import Any


def first_failure(payload: bytes, sequences: Sequence[str]) -> int | None:
    """The index of the first record that failed; None when all are done; 0 also when the report makes no sense.

    payload: the function's answer, JSON; sequences: the batch's sequence numbers. Only the lowest number reported
    counts: everything after it is retried, everything before it is done.
    """
    answer = _parsed(payload)
    if not isinstance(answer, dict) or not (failures := _failures(answer)):
        return None
    if not isinstance(failures, list):
        return 0
    # Records unpacked from one aggregate share a number: it names the first of them.
    position = {sequence: index for index, sequence in reversed(list(enumerate(sequences)))}
    reported = [position.get(_identifier(failure), 0) for failure in failures]
    return min(reported)


def failed_messages(payload: bytes, identifiers: frozenset[str]) -> frozenset[str]:
    """Which messages of a queue's batch failed; all of them when the report makes no sense.

    payload: the function's answer, JSON; identifiers: the ids of the batch's messages.
    """
    answer = _parsed(payload)
    if not isinstance(answer, dict) or not (failures := _failures(answer)):
        return frozenset()
    reported = frozenset(map(_identifier, failures)) if isinstance(failures, list) else frozenset({""})
    return reported if reported <= identifiers else identifiers


def state(payload: bytes) -> str | None:
    """The state that an answer carries, as JSON text; None when it carries none."""
    answer = _parsed(payload)
    if not isinstance(answer, dict) or "state" not in answer:
        return None
    text = json.dumps(answer["state"], ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
        text = json.dumps(answer["state"], separators=(",", ":"))
    return text


def _parsed(payload: bytes) -> Any:
    """By Python's own parser: it takes what Python's functions write, NaN too, and keeps integers of any length."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):  # an empty answer, or text: whatever it is, it reports nothing
        return None


def _failures(answer: dict[str, Any]) -> Any:
    failures = answer.get("batchItemFailures")
    return None if failures in (None, []) else failures or [None]


def _identifier(failure: Any) -> str:
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return identifier if isinstance(identifier, str) else ""
