"""`check`, methods: what the importer compares between an operation and its integration."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.gateway.routes import VERBS, split

ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_REQUEST = re.compile(r"method\.request\.(?:multivalue)?(header|querystring|path)\.(.+)")
_RESPONSE = "method.response.header."
_PLACES = {"querystring": "query", "header": "header", "path": "path"}

Found = tuple[tuple[Any, ...], str, bool]
"""Where below the operation, what, and whether the document is refused for it."""


def is_operation(key: Any) -> bool:
    """Whether a key of a path item is a method."""
    return str(key).upper() in VERBS or key == ANY


def named(where: Sequence[Any]) -> str:
    """A place as a reader finds it: "GET /x" for a method, else its keys with dots."""
    if len(where) >= 3 and where[0] == "paths" and is_operation(where[2]):
        verb = "ANY" if where[2] == ANY else str(where[2]).upper()
        return f"{verb} {where[1]}"
    return ".".join(str(key) for key in where)


def problems(path: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Found]:
    """What the importer would say of one operation."""
    declared = [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]
    known = {(each.get("in"), str(each.get("name", "")).lower()) for each in declared}
    for name in (segment.strip("{}+") for segment in split(path) if segment.startswith("{")):
        if ("path", name.lower()) not in known:
            yield (), f"path parameter {name} is not declared", True
    responses = operation.get("responses") or {}
    for status, response in responses.items():
        if not isinstance(response, dict):
            yield ("responses", status), f"response {status} must be an object", True
    integration = operation.get(_INTEGRATION)
    if integration is None:
        yield (), f"no {_INTEGRATION}", True
        return
    yield from _requests(integration, known)
    if str(integration.get("type", "")).lower() not in {"aws_proxy", "http_proxy"}:
        yield from _responses(integration, {str(key): value for key, value in responses.items()})


def _requests(integration: Mapping[str, Any], known: set[tuple[Any, str]]) -> Iterator[Found]:
    for target, source in (integration.get("requestParameters") or {}).items():
        found = _REQUEST.fullmatch(str(source))
        if found and (_PLACES[found[1]], found[2].lower()) not in known:
            where = (_INTEGRATION, "requestParameters", target)
            yield where, f"{source} is mapped, and no parameter of the method", True


def _responses(integration: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterator[Found]:
    for pattern, response in (integration.get("responses") or {}).items():
        where: tuple[Any, ...] = (_INTEGRATION, "responses", pattern)
        status = str((response or {}).get("statusCode", "200"))
        if status not in declared and "default" not in declared:
            yield where, f"integration response {pattern!r}: no method response has the status {status}", True
            continue
        method_response = declared.get(status, declared.get("default"))
        headers = method_response.get("headers") if isinstance(method_response, dict) else None
        known = {str(name).lower() for name in headers or {}}
        for target in (response or {}).get("responseParameters") or {}:
            name = str(target).removeprefix(_RESPONSE)
            if name != target and name.lower() not in known:
                yield (*where, "responseParameters", target), f"method response {status} has no header {name}", True
