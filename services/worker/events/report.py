"""What a destination hears of an event, and what a dead-letter queue gets.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from datetime import UTC, datetime
from enum import Enum
from typing import Any

import orjson

from services.worker.execution.invoker import Result

_MESSAGE = 1024  # bytes of the error's text that a dead letter carries


class Condition(Enum):
    """How an event ended."""

    SUCCESS = "Success"
    RETRIES = "RetriesExhausted"
    AGE = "EventAgeExceeded"
    NO_CONCURRENCY = "ZeroReservedConcurrency"


def report(
    *,
    arn: str,
    request_id: str,
    payload: bytes,
    condition: Condition,
    invocations: int,
    result: Result | None,
    now: float,
) -> dict[str, Any]:
    """The invocation record, its keys in AWS's order.

    arn: qualified; result: of the last attempt, if there was one; now: epoch seconds.
    """
    body: dict[str, Any] = {
        "version": "1.0",
        "timestamp": stamp(now),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": condition.value,
            "approximateInvokeCount": invocations,
        },
        "requestPayload": orjson.loads(payload),
    }
    if result:
        error = {"functionError": result.error} if result.error else {}
        body["responseContext"] = {"statusCode": 200, "executedVersion": result.version, **error}
        body["responsePayload"] = _parsed(result.payload)
    return body


def dead_letter(request_id: str, result: Result | None) -> dict[str, dict[str, str]]:
    """The attributes of a dead letter; its body is the event itself."""
    message = _parsed(result.payload) if result else None
    text = str(message.get("errorMessage") or "") if isinstance(message, dict) else ""
    said = text.encode()[:_MESSAGE].decode(errors="ignore") or "Unknown"
    return {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200" if result else "429"},
        "ErrorMessage": {"DataType": "String", "StringValue": said},
    }


def stamp(epoch: float) -> str:
    """UTC, to the millisecond."""
    when = datetime.fromtimestamp(round(epoch, 3), UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def _parsed(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode(errors="replace")
