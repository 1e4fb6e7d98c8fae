"""What a template is rendered in: its variables, and the ways in which it ends before its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloud.errors import FogbankError

MAX_TURNS = 1000
"""Of one #foreach, AWS's limit."""


class TemplateFailed(FogbankError):
    """A template could not be rendered with this input."""


class Ended(BaseException):
    """#stop, which ends the whole template; no Exception, so that none of those who wait for failures takes it."""


class Break(Ended):
    """#break, which ends a loop, and outside of one the template."""


class Scope(dict[str, Any]):
    """Variables. Those of a loop or a macro are its own, all others are the template's; an unknown one is None."""

    __slots__ = ("_root", "parent")

    def __init__(self, variables: Mapping[str, Any], parent: "Scope | None" = None) -> None:
        super().__init__(variables)
        self.parent = parent
        # A scope that named itself would be a cycle, and keep the whole request until the collector comes by.
        self._root = None if parent is None else parent.root

    @property
    def root(self) -> "Scope":
        """The template's."""
        return self if self._root is None else self._root

    def __missing__(self, name: str) -> Any:
        return None if self.parent is None else self.parent[name]

    def assign(self, name: str, value: Any) -> None:
        """#set: where the variable is, else for the whole template."""
        scope: Scope | None = self
        while scope is not None and name not in scope:
            scope = scope.parent
        (self.root if scope is None else scope)[name] = value


Value = Callable[[Scope], Any]
"""What an expression is compiled to."""

Step = Callable[[Scope, list[str]], None]
"""What a directive is compiled to: it appends its text."""


@dataclass(frozen=True)
class Function:
    """What #macro and #define leave behind."""

    name: str
    parameters: tuple[str, ...]
    body: Step

    def write(self, scope: Scope, out: list[str], values: list[Any]) -> None:
        """Its text, with these values of its parameters."""
        if len(values) != len(self.parameters):
            raise ValueError(f"{self.name} wants {len(self.parameters)} values, not {len(values)}")
        self.body(Scope(dict(zip(self.parameters, values, strict=True)), scope), out)
