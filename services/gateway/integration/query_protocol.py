"""SSM's actions as API Gateway speaks them: over AWS's Query protocol, told here in terms of its JSON protocol.

On AWS the query string wins over the body, and the reply is Query's XML as JSON, with a wrapper around the result.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from services.gateway.messages import Reply

_MEMBER = re.compile(r"(\w+)\.(?:member\.)?(\d+)")
_BOOLEANS = {"true": True, "false": False}


def as_json(query: Mapping[str, str], body: bytes) -> bytes:
    """A JSON body from the query string's parameters (Name=x, Names.member.1=x); without any, the body as it is."""
    if not query:
        return body
    parameters: dict[str, Any] = {}
    for name, value in sorted(query.items()):
        if found := _MEMBER.fullmatch(name):
            parameters.setdefault(found[1], []).append(value)
        else:
            parameters[name] = _BOOLEANS.get(value.lower(), value)
    return orjson.dumps(parameters)


def wrapped(action: str, reply: Reply, request_id: str) -> Reply:
    """{"GetParameterResponse": {"GetParameterResult": ..., "ResponseMetadata": ...}}, or Query's form of an error."""
    try:
        result = orjson.loads(reply.body)
    except ValueError:
        return reply
    if reply.status >= 400:
        body: dict[str, Any] = {"Error": _error(result, reply.status), "RequestId": request_id}
    else:
        metadata = {"RequestId": request_id}
        body = {f"{action}Response": {f"{action}Result": result, "ResponseMetadata": metadata}}
    return Reply(reply.status, reply.headers, orjson.dumps(body))


def _error(result: Any, status: int) -> dict[str, Any]:
    fields = result if isinstance(result, dict) else {}
    code = str(fields.get("__type", "")).rpartition("#")[2]
    message = fields.get("message", fields.get("Message"))
    return {"Code": code, "Message": message, "Type": "Sender" if status < 500 else "Receiver"}
