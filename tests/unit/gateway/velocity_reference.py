"""airspeed's own evaluation of a template, against which ours is compared; Velocity's rules where it has others.

What is changed here is what docs/decisions/0017-velocity.md lists. Nothing that is changed is used by the gateway.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import airspeed
import pytest
from airspeed import operators

from services.gateway.velocity.directives import BreakDirective
from services.gateway.velocity.methods import METHODS
from services.gateway.velocity.scope import Break, Ended
from services.gateway.velocity.values import JavaArray, JavaMap


class Failed(Exception):
    """airspeed could not render."""


@contextmanager
def velocitys_rules() -> Iterator[None]:
    """airspeed as it is in here, and as it was afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        _values(patch)
        _variables(patch)
        _directives(patch)
        yield


def render(text: str, namespace: Mapping[str, Any]) -> str:
    """Within velocitys_rules. Raises Failed, and what airspeed raises of a text that is no Velocity."""
    template, out = airspeed.Template(text), operators.StoppableStream()
    template.ensure_compiled()
    try:
        with suppress(Ended):
            template.merge_to(dict(namespace), out)
    except operators.TemplateExecutionError as error:
        raise Failed from error
    return str(out.getvalue())


def _values(patch: pytest.MonkeyPatch) -> None:
    """Java's maps and lists and their methods; nothing is false."""
    dictionary, values, numbers = (
        kind.calculate for kind in (operators.DictionaryLiteral, operators.ValueList, operators.Range)
    )
    condition, negation = operators.Condition.calculate, operators.UnaryOperatorValue.calculate
    patch.setattr(operators, "__additional_methods__", METHODS)
    patch.setattr(operators.DictionaryLiteral, "calculate", lambda self, *more: JavaMap(dictionary(self, *more)))
    patch.setattr(operators.ValueList, "calculate", lambda self, *more: JavaArray(values(self, *more)))
    patch.setattr(operators.Range, "calculate", lambda self, *more: JavaArray(numbers(self, *more)))
    patch.setattr(
        operators.Condition,
        "calculate",
        lambda self, *more: self.expression.calculate(*more) is not None and condition(self, *more),
    )
    patch.setattr(
        operators.UnaryOperatorValue,
        "calculate",
        lambda self, *more: self.value.calculate(*more) is None or negation(self, *more),
    )


def _variables(patch: pytest.MonkeyPatch) -> None:
    """Undefined is empty; no underscores; a method that nobody calls is nothing; #set is for the whole template."""
    plain, name_or_call = operators.VariableExpression.calculate, operators.NameOrCall.calculate

    def calculate(self: Any, namespace: Any, loader: Any, global_namespace: Any = None) -> Any:
        value = plain(self, namespace, loader, global_namespace)
        return "" if value is None else value

    def named(self: Any, current: Any, loader: Any, top: Any) -> Any:
        value = None if self.name[0] == "_" else name_or_call(self, current, loader, top)
        return None if callable(value) and self.parameters is None else value

    def indexed(self: Any, current: Any, loader: Any, top: Any) -> Any:
        if not isinstance(self.expression, operators.ArrayIndex):
            return self.expression.calculate(current, loader, top)
        value = _item(current, self.expression.calculate(top, loader))
        return value if self.subexpression is None else self.subexpression.calculate(value, loader, top)

    patch.setattr(operators.VariableExpression, "calculate", calculate)
    patch.setattr(operators.NameOrCall, "calculate", named)
    patch.setattr(operators.SubExpression, "calculate", indexed)
    patch.setattr(operators.LocalNamespace, "set_inherited", _assign)


def _item(value: Any, index: Any) -> Any:
    if isinstance(value, list) and not isinstance(index, int):
        raise ValueError(index)
    try:
        return value[index]
    except (LookupError, TypeError):
        return None


def _assign(self: Any, key: str, value: Any) -> None:
    scope = self.find_outermost(key)
    if scope is None:
        scope = self
        while isinstance(scope.parent, operators.LocalNamespace):
            scope = scope.parent
    scope[key] = value


def _directives(patch: pytest.MonkeyPatch) -> None:
    """#break, #stop at once, #foreach over a map's values."""

    def ending(how: type[Ended]) -> Any:
        def evaluate(*_all: Any) -> None:
            raise how

        return evaluate

    patch.setattr(BreakDirective, "evaluate_raw", ending(Break), raising=False)
    patch.setattr(operators.StopDirective, "evaluate_raw", ending(Ended))
    patch.setattr(operators.ForeachDirective, "evaluate_raw", _foreach)


def _foreach(self: Any, stream: Any, namespace: Any, loader: Any) -> None:
    items = self.value.calculate(namespace, loader)
    items = list(items.values()) if isinstance(items, dict) else items
    if not isinstance(items, list | tuple | set | type({}.keys())):
        return
    last = len(items)
    for count, item in enumerate(items, 1):
        own = operators.LocalNamespace(namespace)
        loop = {"count": count, "index": count - 1, "hasNext": count < last, "first": count == 1, "last": count == last}
        own.update({"velocityCount": count, "velocityHasNext": count < last, self.loop_var_name: item, "foreach": loop})
        try:
            self.block.evaluate(stream, own, loader)
        except Break:
            return
