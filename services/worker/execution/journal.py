"""The log of one execution environment: what the function prints, among the lines that Lambda adds.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html. All of it goes to CloudWatch Logs; the
worker's own log shows what the function printed, and how starting it failed.
"""

import logging
import math
import time
import uuid
from datetime import UTC, datetime

import orjson

from cloud.log_shipper import Shipper
from services.worker.execution.output import Output
from services.worker.execution.runtime_api import Answer
from services.worker.functions.function import Function

log = logging.getLogger(__name__)


class Journal:
    """One log stream."""

    def __init__(self, function: Function, logs: Shipper) -> None:
        self.function = function
        self.logs = logs
        self.stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        self.output = Output(self._printed, self._said)
        self._group = function.log_group
        self._started = time.monotonic()
        self._init = 0.0  # seconds, until the first invocation reported them

    def say(self, line: str) -> None:
        """A line that explains something, also in the worker's own log."""
        log.warning("%s | %s", self.function.name, line)
        self.output.say(line)

    def init_started(self, version: str) -> None:
        self._started = time.monotonic()
        self.output.say(f"INIT_START Runtime Version: {version}")

    def initialised(self, failure: Answer | None) -> None:
        self._init = time.monotonic() - self._started
        if failure:
            kind = _error_type(failure.payload)
            took = f"Init Duration: {self._init * 1000:.2f} ms"
            self.output.drain()
            self.output.say(f"INIT_REPORT {took}\tPhase: init\tStatus: error\tError Type: {kind}")

    def begin(self, request_id: str) -> None:
        self.output.begin()
        self.output.say(f"START RequestId: {request_id} Version: {self.function.version}")

    def end(self, request_id: str, duration: float, status: str, memory: int) -> bytes:
        """duration: seconds; status: "", "error" or "timeout"; memory: bytes. Returns the end of the log."""
        self.output.drain()
        if status == "timeout":
            stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
            self.output.say(f"{stamp}Z {request_id} Task timed out after {self.function.timeout:.2f} seconds")
        init, self._init = self._init, 0.0
        fields = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration * 1000:.2f} ms",
            f"Billed Duration: {math.ceil((init + duration) * 1000)} ms",
            f"Memory Size: {self.function.memory} MB",
            f"Max Memory Used: {min(memory // 2**20, self.function.memory)} MB",
            *([f"Init Duration: {init * 1000:.2f} ms"] if init else []),
            *([f"Status: {status}"] if status else []),
        ]
        self.output.say(f"END RequestId: {request_id}")
        self.output.say("\t".join(fields) + "\t")
        return self.output.tail()

    def close(self) -> None:
        self.output.close()

    def _said(self, line: str) -> None:
        self.logs.put(self._group, self.stream, [line])

    def _printed(self, events: list[str]) -> None:
        log.info("%s | %s", self.function.name, "\n".join(events))
        self.logs.put(self._group, self.stream, events)


def _error_type(payload: bytes) -> str:
    try:
        return str(orjson.loads(payload).get("errorType") or "Unknown")
    except (orjson.JSONDecodeError, AttributeError):
        return "Unknown"
