"""`check`: what AWS's importer would refuse or drop of a document, and what this gateway does not serve.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from cloud.errors import ConfigError
from services.gateway import lint_methods, lint_models
from services.gateway.catalogue import read_document
from services.gateway.document import Compiler, compile_api
from services.gateway.located import Lines
from services.gateway.routes import split
from services.gateway.services import protocol
from services.gateway.swagger import upgraded

MAX_SIZE = 6 * 1_048_576
MAX_RESOURCES, MAX_AUTHORIZERS = 300, 10
_PARAMETER = re.compile(r"\{[A-Za-z0-9._-]+\+?\}")
_SUBSTITUTED = re.compile(r"\$\{(?!stageVariables\.)!?[^}]*\}")


@dataclass(frozen=True)
class Problem:
    """where: the keys that lead to it; error: whether the document is refused for it, or only loses something."""

    where: tuple[Any, ...]
    text: str
    error: bool = True

    def __str__(self) -> str:
        place = lint_methods.named(self.where)
        return f"{place}: {self.text}" if place else self.text


def main(paths: list[str]) -> int:
    """Lint documents; prints one line per problem. The exit code: 0, 1 when there are errors, 2 without a file."""
    console = Console(highlight=False, soft_wrap=True)
    if not paths:
        console.print("usage: python -m services.gateway check <api.yaml>...")
        return 2
    errors = 0
    for path in paths:
        for line, problem in located(Path(path)):
            at = f"{path}:{line}" if line else path
            console.print(f"{at}: {'error' if problem.error else 'warning'}: {problem}", markup=False)
            errors += problem.error
    if not errors:
        console.print(f"{len(paths)} document(s), no error found")
    return 1 if errors else 0


def located(path: Path) -> list[tuple[int | None, Problem]]:
    """A document's problems with the lines that they stand in, by line; None: the document as a whole."""
    try:
        text = path.read_text(encoding="utf-8")
        document = read_document(path)
    except (OSError, ValueError, ConfigError) as error:
        return [(None, Problem((), str(error)))]
    found = problems(document)
    if (size := len(text.encode())) > MAX_SIZE:
        found.insert(0, Problem((), f"the document has {size} bytes, the importer takes {MAX_SIZE}"))
    lines = Lines(text)
    return sorted(((lines.of(each.where) if each.where else None, each) for each in found), key=lambda it: it[0] or 0)


def check_file(path: Path) -> list[str]:
    """The problems of one document, in words."""
    return [str(problem) for _line, problem in located(path)]


def check(document: Any) -> list[str]:
    """The problems of a parsed document, in words."""
    return [str(problem) for problem in problems(document)]


def problems(document: Any) -> list[Problem]:
    """The problems of a parsed document. References (${...}) count as if they were substituted."""
    if not isinstance(document, dict):
        return [Problem((), "the document is no mapping")]
    try:
        modern = upgraded(document)
        found = [*_head(document), *_security(modern), *_paths(modern), *lint_models.problems(modern)]
        return [*found, *_unserved(_substituted(document), [each for each in found if each.error])]
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        return [Problem((), f"the document is not shaped as OpenAPI: {error}")]


def _head(document: Mapping[str, Any]) -> Iterator[Problem]:
    version = str(document.get("openapi", ""))
    if not version.startswith("3.0") and str(document.get("swagger", "")) != "2.0":
        yield Problem(("openapi",), f"must be 3.0.x, it is {version or 'missing'}")
    if not (document.get("info") or {}).get("title"):
        yield Problem(("info", "title"), "missing, it names the API")
    if "security" in document:
        yield Problem(("security",), "ignored at the root, give it to each operation", error=False)
    if (compression := "x-amazon-apigateway-minimum-compression-size") in document:
        yield Problem((compression,), "not served here: responses are never compressed", error=False)


def _security(document: Mapping[str, Any]) -> Iterator[Problem]:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    if len(schemes) > MAX_AUTHORIZERS:
        yield Problem(("components", "securitySchemes"), f"an API has at most {MAX_AUTHORIZERS} authorizers")
    for name, scheme in schemes.items():
        if scheme.get("type") != "apiKey":
            where = ("components", "securitySchemes", name)
            yield Problem(where, f"type must be apiKey, it is {scheme.get('type')}")


def _paths(document: Mapping[str, Any]) -> Iterator[Problem]:
    paths = document.get("paths") or {}
    if len(paths) > MAX_RESOURCES:
        yield Problem(("paths",), f"an API has at most {MAX_RESOURCES} resources")
    for path, item in paths.items():
        yield from _path(path)
        for key, operation in item.items():
            if lint_methods.is_operation(key):
                yield from (
                    Problem(("paths", path, key, *where), text, error)
                    for where, text, error in lint_methods.problems(path, item, operation)
                )


def _path(path: str) -> Iterator[Problem]:
    where = ("paths", path)
    if not path.startswith("/"):
        yield Problem(where, "must start with /")
    segments = split(path)
    for at, segment in enumerate(segments):
        if ("{" in segment or "}" in segment) and not _PARAMETER.fullmatch(segment):
            yield Problem(where, f"a path parameter must fill its whole segment, {segment!r} is more")
        elif segment.endswith("+}") and at != len(segments) - 1:
            yield Problem(where, "a greedy parameter must be the last segment")


def _unserved(document: Mapping[str, Any], known: list[Problem]) -> Iterator[Problem]:
    """What compiling finds: method by method, so that one bad method does not hide the next, then as a whole."""
    compiler, clean = Compiler(upgraded(document), protocol), not known
    for path, item in (upgraded(document).get("paths") or {}).items():
        for key in (key for key in item if lint_methods.is_operation(key)):
            where = ("paths", path, key)
            try:
                compiler.method(path, key, item)
            except ConfigError as error:
                clean = False
                if not any(each.where[:3] == where and each.text == str(error) for each in known):
                    yield Problem(where, str(error))
    if clean:
        try:
            compile_api("check", document, protocol)
        except ConfigError as error:
            yield Problem((), str(error))


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        arn = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_check"
        return arn if _SUBSTITUTED.fullmatch(value) else _SUBSTITUTED.sub("us-east-1", value)
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    if isinstance(value, dict):
        return {key: _substituted(item) for key, item in value.items()}
    return value
