"""The payloads with which Lambda answers for a function that could not answer for itself."""

import signal

import orjson

from services.worker.execution.limits import PAYLOAD

UNKNOWN = "unknown"
"""Stands for the request id in the answer of an init that failed before there was a request."""


def timed_out(request_id: str, seconds: float) -> bytes:
    return _payload("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds")


def exited(request_id: str, code: int) -> bytes:
    """code: as Python has it, below zero for a signal."""
    if code == 0:
        return _payload(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited without providing a reason"
        )
    how = f"signal: {signal.strsignal(-code) or -code}".lower() if code < 0 else f"exit status {code}"
    return _payload("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")


def killed(request_id: str) -> bytes:
    """It used more memory than it may."""
    return _payload("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")


def not_started(request_id: str, error_type: str, message: str) -> bytes:
    return _payload(error_type, f"RequestId: {request_id} Error: {message}")


def response_too_large(size: int) -> bytes:
    message = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({PAYLOAD} bytes)."
    return _payload("Function.ResponseSizeTooLarge", message)


def _payload(error_type: str, message: str) -> bytes:
    return orjson.dumps({"errorType": error_type, "errorMessage": message})
