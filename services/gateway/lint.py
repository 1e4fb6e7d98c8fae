"""`check`: what AWS's importer would refuse or drop of a document, and what this gateway does not serve.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from cloud.errors import ConfigError
from services.gateway.catalogue import read_document
from services.gateway.document import compile_api
from services.gateway.routes import VERBS, split
from services.gateway.services import protocol
from services.gateway.validation import compile_model

MAX_SIZE = 6 * 1_048_576
_MODEL_NAME = re.compile(r"[A-Za-z0-9]+")
_NOT_DRAFT_04 = ("default", "readOnly", "writeOnly", "discriminator", "example", "examples", "nullable", "deprecated")
_PARAMETER = re.compile(r"\{[A-Za-z0-9._-]+\+?\}")
_SUBSTITUTED = re.compile(r"\$\{(?!stageVariables\.)!?[^}]*\}")


def main(paths: list[str]) -> int:
    """Lint documents; prints one line per problem. The exit code: 0, or 1 when there are any."""
    console = Console(highlight=False, soft_wrap=True)
    if not paths:
        console.print("usage: python -m services.gateway check <api.yaml>...")
        return 2
    found = [(path, problem) for path in paths for problem in check_file(Path(path))]
    for path, problem in found:
        console.print(f"{path}: {problem}", markup=False)
    if not found:
        console.print(f"{len(paths)} document(s), no problem found")
    return 1 if found else 0


def check_file(path: Path) -> list[str]:
    """The problems of one document, in words."""
    try:
        size = path.stat().st_size
        document = read_document(path)
    except (OSError, ConfigError) as error:
        return [str(error)]
    too_big = [f"the document has {size} bytes, the importer takes {MAX_SIZE}"] if size > MAX_SIZE else []
    return [*too_big, *check(document)]


def check(document: Any) -> list[str]:
    """The problems of a parsed document. References (${...}) count as if they were substituted."""
    if not isinstance(document, dict):
        return ["the document is no mapping"]
    problems = [*_head(document), *_security(document), *_paths(document), *_models(document)]
    if not problems:
        # Only a sound document is worth compiling; what is left is what the gateway itself does not serve.
        try:
            compile_api("check", _substituted(document), protocol)
        except ConfigError as error:
            problems.append(str(error))
    return problems


def _head(document: Mapping[str, Any]) -> Iterator[str]:
    version = str(document.get("openapi", ""))
    if not version.startswith("3.0"):
        yield f"openapi: must be 3.0.x, it is {version or 'missing'}"
    if not (document.get("info") or {}).get("title"):
        yield "info.title: missing, it names the API"
    if "security" in document:
        yield "security: ignored at the root, give it to each operation"


def _security(document: Mapping[str, Any]) -> Iterator[str]:
    for name, scheme in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        if scheme.get("type") != "apiKey":
            yield f"components.securitySchemes.{name}: type must be apiKey, it is {scheme.get('type')}"


def _paths(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in (document.get("paths") or {}).items():
        yield from _path(path)
        for key, operation in item.items():
            if key.upper() in VERBS or key == "x-amazon-apigateway-any-method":
                yield from _operation(f"{key.upper()} {path}", path, item, operation)


def _path(path: str) -> Iterator[str]:
    if not path.startswith("/"):
        yield f"paths.{path}: must start with /"
    segments = split(path)
    for at, segment in enumerate(segments):
        if ("{" in segment or "}" in segment) and not _PARAMETER.fullmatch(segment):
            yield f"paths.{path}: a path parameter must fill its whole segment, {segment!r} is more"
        elif segment.endswith("+}") and at != len(segments) - 1:
            yield f"paths.{path}: a greedy parameter must be the last segment"


def _operation(where: str, path: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    declared = [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]
    for name in (segment.strip("{}+") for segment in split(path) if segment.startswith("{")):
        if not any(each.get("in") == "path" and each.get("name") == name for each in declared):
            yield f"{where}: path parameter {name} is not declared"
    if "x-amazon-apigateway-integration" not in operation:
        yield f"{where}: no x-amazon-apigateway-integration"
    for status, response in (operation.get("responses") or {}).items():
        if not isinstance(response, dict):
            yield f"{where}: response {status} must be an object"


def _models(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in ((document.get("components") or {}).get("schemas") or {}).items():
        where = f"components.schemas.{name}"
        if not _MODEL_NAME.fullmatch(str(name)):
            yield f"{where}: the name must be alphanumeric"
        yield from _schema(where, schema)
        try:
            compile_model(schema, document)
        except ConfigError as error:
            yield f"{where}: {error}"


def _schema(where: str, schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    for keyword in _NOT_DRAFT_04:
        if keyword in schema:
            yield f"{where}: {keyword} is no keyword of JSON Schema draft-04"
    for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
        if keyword in schema and not isinstance(schema[keyword], bool):
            yield f"{where}: {keyword} must be true or false in draft-04"
    for name, child in (schema.get("properties") or {}).items():
        yield from _schema(f"{where}.{name}", child)
    yield from _schema(f"{where}[]", schema.get("items"))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for at, child in enumerate(schema.get(keyword) or ()):
            yield from _schema(f"{where}.{keyword}[{at}]", child)


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        arn = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_check"
        return arn if _SUBSTITUTED.fullmatch(value) else _SUBSTITUTED.sub("us-east-1", value)
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    if isinstance(value, dict):
        return {key: _substituted(item) for key, item in value.items()}
    return value
