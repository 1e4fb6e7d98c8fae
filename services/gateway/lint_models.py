"""`check`, models: JSON Schema draft-04 as API Gateway takes it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloud.errors import ConfigError
from services.gateway.validation import compile_model

if TYPE_CHECKING:
    from services.gateway.lint import Problem

_NAME = re.compile(r"[A-Za-z0-9]+")
# What the importer drops; a schema means the same without them.
_DROPPED = ("default", "readOnly", "writeOnly", "example", "examples", "deprecated", "xml", "externalDocs")
# What changes a schema's meaning, and is no draft-04.
_REFUSED = ("discriminator", "nullable", "const", "if", "contains", "propertyNames", "prefixItems")


def problems(document: Mapping[str, Any]) -> Iterator["Problem"]:
    """Of all models of a document."""
    from services.gateway.lint import Problem  # noqa: PLC0415 - they report through it

    for name, schema in ((document.get("components") or {}).get("schemas") or {}).items():
        where = ("components", "schemas", name)
        if not _NAME.fullmatch(str(name)):
            yield Problem(where, "the name must be alphanumeric")
        for path, label, text, error in _schema((), str(name), schema):
            yield Problem((*where, *path), f"{label}: {text}" if label != str(name) else text, error)
        try:
            compile_model(schema, document)
        except ConfigError as error:
            yield Problem(where, str(error))


def _schema(path: tuple[Any, ...], label: str, schema: Any) -> Iterator[tuple[tuple[Any, ...], str, str, bool]]:
    if not isinstance(schema, dict):
        return
    for keyword in (*_DROPPED, *_REFUSED):
        if keyword in schema:
            yield (*path, keyword), label, f"{keyword} is no keyword of JSON Schema draft-04", keyword in _REFUSED
    for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
        if keyword in schema and not isinstance(schema[keyword], bool):
            yield (*path, keyword), label, f"{keyword} must be true or false in draft-04", True
    for name, child in (schema.get("properties") or {}).items():
        yield from _schema((*path, "properties", name), f"{label}.{name}", child)
    yield from _schema((*path, "items"), f"{label}[]", schema.get("items"))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for at, child in enumerate(schema.get(keyword) or ()):
            yield from _schema((*path, keyword, at), f"{label}.{keyword}[{at}]", child)
