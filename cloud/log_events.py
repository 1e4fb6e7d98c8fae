"""PutLogEvents through boto3, with a body that is not boto3's work.

botocore checks and copies every event in Python; thousands of them keep the interpreter from invocations for several
milliseconds. So it gets a call with one event, and before it is signed its body is replaced by the whole batch.
"""

import threading
from collections.abc import Sequence
from typing import Any

import orjson

_EVENT = "before-call.cloudwatch-logs.PutLogEvents"


class PutLogEvents:
    """logs: a boto3 client. Calls may be made from several threads; they raise botocore's errors."""

    def __init__(self, logs: Any) -> None:
        self.logs = logs
        self._thread = threading.local()
        logs.meta.events.register(_EVENT, self._replace, unique_id="fogbank-put-log-events")

    def __call__(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """events: epoch milliseconds and text, at least one."""
        entries = [{"timestamp": time, "message": message} for time, message in events]
        call = {"logGroupName": group, "logStreamName": stream, "logEvents": entries}
        self._thread.body = orjson.dumps(call)
        try:
            self.logs.put_log_events(**{**call, "logEvents": entries[:1]})
        finally:
            self._thread.body = None

    def _replace(self, params: dict[str, Any], **_: Any) -> None:
        if body := getattr(self._thread, "body", None):
            params["body"] = body
