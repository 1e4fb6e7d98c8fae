"""Binary payloads: which bodies are, and what contentHandling makes of them.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from cloud.errors import ConfigError
from services.gateway.responses import GatewayError

TO_BINARY, TO_TEXT = "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"


def matches_binary(content_type: str, binary_types: Iterable[str]) -> bool:
    """Whether a Content-Type or Accept value is one of the API's binary media types (image/*, */* included)."""
    kind = content_type.partition(",")[0].partition(";")[0].strip().lower()
    wanted = {kind, "*/*", kind.partition("/")[0] + "/*"}
    return bool(kind) and any(binary in wanted for binary in binary_types)


def handling(declared: Mapping[str, Any]) -> str | None:
    """contentHandling of an integration or of one of its responses. Raises ConfigError."""
    value = declared.get("contentHandling")
    if value not in (None, TO_BINARY, TO_TEXT):
        raise ConfigError(f"contentHandling {value!r} is neither {TO_BINARY} nor {TO_TEXT}")
    return None if value is None else str(value)


def incoming(body: bytes, how: str | None, *, binary: bool) -> bytes:
    """A request's body for its integration. binary: whether its Content-Type is one of the API's binary types."""
    if binary and how == TO_TEXT:
        return base64.b64encode(body)
    if not binary and how == TO_BINARY:
        return _decoded(body)
    return body


def outgoing(body: bytes, how: str | None, *, binary: bool, wanted: bool) -> bytes:
    """A reply's body for the client. binary: its own Content-Type is a binary type; wanted: the client's Accept is."""
    if binary:
        return base64.b64encode(body) if how == TO_TEXT or (how is None and not wanted) else body
    return _decoded(body) if how == TO_BINARY or (how is None and wanted) else body


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise GatewayError("API_CONFIGURATION_ERROR", reason="the body is no base64") from error
