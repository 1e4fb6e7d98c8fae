"""The resource tree of an API: which method serves a verb on a path.

A literal segment beats {x}, which beats {proxy+}. Resource and verb must match together: where the literal resource
lacks the verb, a greedy sibling that serves it wins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cloud.errors import ConfigError

T = TypeVar("T")

VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


@dataclass(slots=True)
class _Node(Generic[T]):
    literal: "dict[str, _Node[T]]" = field(default_factory=dict)
    parameter: "tuple[str, _Node[T]] | None" = None
    greedy: tuple[str, dict[str, T]] | None = None
    methods: dict[str, T] = field(default_factory=dict)


class Routes(Generic[T]):
    """Routes from path templates such as /v1/{id}/{rest+} and verbs (ANY: all of VERBS) to methods."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._all: list[T] = []
        for path, verb, method in routes:
            self._all.append(method)
            _serve(_methods_at(self._root, path), verb, method)

    def all(self) -> Sequence[T]:
        """Every method, in the document's order."""
        return self._all

    def match(self, segments: Sequence[str], verb: str) -> tuple[T, dict[str, str]] | None:
        """The method and the path parameters, or None. segments: decoded, without a trailing empty one."""
        return _match(self._root, segments, 0, verb)


def split(path: str) -> list[str]:
    """The segments of a path; one trailing slash is not counted."""
    parts = path.split("/")[1:]
    if parts and not parts[-1]:
        parts.pop()
    return parts


def _serve(methods: dict[str, T], verb: str, method: T) -> None:
    if verb == "ANY":
        for each in VERBS:
            methods.setdefault(each, method)
    else:
        methods[verb] = method


def _methods_at(node: _Node[T], path: str) -> dict[str, T]:
    for segment in split(path):
        if segment.endswith("+}"):
            if node.greedy is None:
                node.greedy = (segment[1:-2], {})
            return node.greedy[1]
        node = _child(node, segment, path)
    return node.methods


def _child(node: _Node[T], segment: str, path: str) -> _Node[T]:
    if not segment.startswith("{"):
        return node.literal.setdefault(segment, _Node())
    name = segment[1:-1]
    if node.parameter is None:
        node.parameter = (name, _Node())
    if node.parameter[0] != name:
        raise ConfigError(f"path {path}: a sibling calls the same segment {{{node.parameter[0]}}}")
    return node.parameter[1]


def _match(node: _Node[T], segments: Sequence[str], at: int, verb: str) -> tuple[T, dict[str, str]] | None:
    if at == len(segments):
        method = node.methods.get(verb)
        return None if method is None else (method, {})
    literal = node.literal.get(segments[at])
    if literal is not None and (found := _match(literal, segments, at + 1, verb)):
        return found
    # A literal resource that exists but lacks the verb hides {x}, not {proxy+}.
    hidden = literal is not None and at + 1 == len(segments) and bool(literal.methods)
    if node.parameter is not None and segments[at] and not hidden:
        name, child = node.parameter
        if found := _match(child, segments, at + 1, verb):
            return found[0], {name: segments[at], **found[1]}
    return _match_greedy(node, segments, at, verb)


def _match_greedy(node: _Node[T], segments: Sequence[str], at: int, verb: str) -> tuple[T, dict[str, str]] | None:
    if node.greedy is None or verb not in node.greedy[1]:
        return None
    return node.greedy[1][verb], {node.greedy[0]: "/".join(segments[at:])}
