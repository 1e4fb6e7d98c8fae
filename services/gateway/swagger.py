"""Swagger 2.0 documents, as API Gateway still exports them, rewritten as the OpenAPI 3.0 that everything else reads.

Only what the gateway honours is carried over. References to models by their address at AWS are made local as well.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

import re
from collections.abc import Mapping
from typing import Any

_MODEL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/([A-Za-z0-9]+)")
_DEFINITIONS = "#/definitions/"
_SCHEMAS = "#/components/schemas/"


def upgraded(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document as OpenAPI 3.0; one that is already is only given local references."""
    if str(document.get("swagger", "")) != "2.0":
        return _localised(document)  # type: ignore[no-any-return]
    components = {
        "schemas": document.get("definitions") or {},
        "securitySchemes": {n: _scheme(s) for n, s in (document.get("securityDefinitions") or {}).items()},
    }
    kept = {name: value for name, value in document.items() if name.startswith("x-") or name in {"info", "security"}}
    consumes = document.get("consumes") or ["application/json"]
    paths = {path: _item(item, consumes) for path, item in (document.get("paths") or {}).items()}
    return _localised({**kept, "openapi": "3.0.1", "paths": paths, "components": components})  # type: ignore[no-any-return]


def _item(item: Any, consumes: list[str]) -> Any:
    if not isinstance(item, dict):
        return item
    return {key: _operation(value, consumes) if isinstance(value, dict) else value for key, value in item.items()}


def _operation(operation: Mapping[str, Any], consumes: list[str]) -> dict[str, Any]:
    parameters = [each for each in operation.get("parameters") or () if isinstance(each, dict)]
    bodies = [each for each in parameters if each.get("in") == "body"]
    result = {**operation, "parameters": [each for each in parameters if each.get("in") != "body"]}
    if bodies:
        content = {kind: {"schema": bodies[0].get("schema") or {}} for kind in operation.get("consumes") or consumes}
        result["requestBody"] = {"content": content, "required": bool(bodies[0].get("required"))}
    return result


def _scheme(scheme: Any) -> Any:
    return {**scheme, "type": "apiKey"} if isinstance(scheme, dict) and scheme.get("type") == "apiKey" else scheme


def _localised(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reference(part) if key == "$ref" else _localised(part) for key, part in value.items()}
    return [_localised(part) for part in value] if isinstance(value, list) else value


def _reference(value: Any) -> Any:
    if not isinstance(value, str):
        return _localised(value)
    found = _MODEL.fullmatch(value)
    return (
        _SCHEMAS + (found[1] if found else value.removeprefix(_DEFINITIONS))
        if found or value.startswith(_DEFINITIONS)
        else value
    )
