"""AWS's Query protocol as API Gateway speaks it: its XML reaches clients as JSON, with a wrapper around the result.

SSM's actions go over it on AWS; here they are told in terms of its JSON protocol. The query string beats the body.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

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


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether a mapping said that the body is a form, so that it goes along with the query string."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return kind.lower().startswith("application/x-www-form-urlencoded")


def from_xml(reply: Reply) -> Reply:
    """A reply in Query's XML as AWS gives it to those who ask for JSON; any other reply as it is.

    {"SendMessageResponse": {"SendMessageResult": {"MessageId": ...}, "ResponseMetadata": {"RequestId": ...}}}
    """
    if not reply.body.lstrip().startswith(b"<") or b"<!DOCTYPE" in reply.body[:1000]:
        return reply
    try:
        root = fromstring(reply.body)  # noqa: S314 - no document type, so no entities
    except ParseError:
        return reply
    body = {_tag(root): _value(root)}
    if body.keys() == {"ErrorResponse"}:
        body = body["ErrorResponse"]
    return Reply(reply.status, {**reply.headers, "content-type": "application/json"}, orjson.dumps(body))


def _value(element: Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    names = [_tag(child) for child in children]
    if set(names) == {"member"}:
        return [_value(child) for child in children]
    return {
        name: [_value(child) for child in children if _tag(child) == name]
        if names.count(name) > 1
        else _value(children[names.index(name)])
        for name in dict.fromkeys(names)
    }


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
