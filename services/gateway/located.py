"""Where in a YAML or JSON text something stands: the lines of a document's parts.

A path is the keys and indexes that lead to a part: ("paths", "/x", "get").
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

Path = tuple[Any, ...]
_MOVED = {("components", "schemas"): ("definitions",), ("components", "securitySchemes"): ("securityDefinitions",)}


class Lines:
    """Lines by path, from 1. A text that is no YAML has none."""

    def __init__(self, text: str) -> None:
        try:
            self._lines = dict(_walk((), yaml.compose(text, yaml.SafeLoader)))
        except (yaml.YAMLError, RecursionError):
            self._lines = {}

    def of(self, path: Sequence[Any]) -> int | None:
        """The line of a part, or of the nearest part around it that is there; Swagger 2.0's names count, too."""
        wanted = tuple(str(key) for key in path)
        for new, old in _MOVED.items():
            if wanted[: len(new)] == new and wanted[: len(new)] not in self._lines:
                wanted = old + wanted[len(new) :]
        while wanted not in self._lines and wanted:
            wanted = wanted[:-1]
        return self._lines.get(wanted)


def _walk(path: Path, node: Any) -> Iterator[tuple[Path, int]]:
    if node is None:
        return
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = (*path, str(key.value))
            yield from _walk(name, value)
            yield name, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _walk((*path, str(at)), value)
