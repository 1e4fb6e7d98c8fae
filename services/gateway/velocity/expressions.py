"""Expressions: a node of airspeed's becomes a function from the variables to a value.

An undefined reference is the empty string, as on API Gateway. Names that begin with an underscore are undefined: a
template reaches no inside of Python's objects.
"""

from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import Any

from airspeed import operators

from cloud.errors import ConfigError
from services.gateway.velocity.methods import METHODS
from services.gateway.velocity.scope import MAX_TURNS, Function, Scope, Value
from services.gateway.velocity.values import JavaArray, JavaMap

Link = Callable[[Any, Scope], Any]
"""One step of $a.b(c)[d]: from the value so far to the next one; None is nothing, and leads to nothing."""

_SIGNS = operators.BinaryOperator.OPERATORS
_AND, _OR = {_SIGNS["&&"], _SIGNS["and"]}, {_SIGNS["||"], _SIGNS["or"]}


@singledispatch
def compile_value(node: Any) -> Value:
    """The function of an expression's node. Raises ConfigError for one that is no expression."""
    raise ConfigError(f"mapping template: {type(node).__name__} has no value")


@compile_value.register(operators.NullLiteral)
@compile_value.register(operators.IntegerLiteral)
@compile_value.register(operators.FloatingPointLiteral)
@compile_value.register(operators.BooleanLiteral)
@compile_value.register(operators.StringLiteral)
def _literal(node: Any) -> Value:
    value = node.value
    return lambda _scope: value


@compile_value.register
def _value(node: operators.Value) -> Value:
    return compile_value(node.expression)


@compile_value.register
def _parenthesized(node: operators.ParenthesizedExpression) -> Value:
    return compile_value(node.calculate.__self__)  # the parser keeps no more of what stands between them


@compile_value.register
def _reference(node: operators.FormalReference) -> Value:
    if node.expression is None:
        raise ConfigError(f"mapping template: {node.my_text()!r} names nothing")
    return compile_value(node.expression)


@compile_value.register
def _range(node: operators.Range) -> Value:
    first, last = compile_value(node.value1), compile_value(node.value2)

    def numbers(scope: Scope) -> JavaArray:
        begin, end = first(scope), last(scope)
        step = 1 if end >= begin else -1
        if abs(end - begin) >= 100 * MAX_TURNS:
            raise ValueError("the range is too long")
        return JavaArray(range(begin, end + step, step))

    return numbers


@compile_value.register
def _list(node: operators.ValueList) -> Value:
    values = [compile_value(each) for each in node.values]
    return lambda scope: JavaArray([value(scope) for value in values])


@compile_value.register
def _array(node: operators.ArrayLiteral) -> Value:
    if isinstance(node.values, operators._EmptyValues):
        return lambda _scope: JavaArray()
    return compile_value(node.values)


@compile_value.register
def _map(node: operators.DictionaryLiteral) -> Value:
    pairs = [(compile_value(key), compile_value(value)) for key, value in node.local_data.items()]
    return lambda scope: JavaMap({key(scope): value(scope) for key, value in pairs})


@compile_value.register
def _not(node: operators.UnaryOperatorValue) -> Value:
    value = compile_value(node.value)
    return lambda scope: not value(scope)


@compile_value.register
def _operation(node: operators.Expression) -> Value:
    """Operators by their precedence, from the left to the right."""
    values, waiting = [compile_value(node.expression[0])], list[Any]()
    for sign, operand in zip(node.expression[1::2], node.expression[2::2], strict=True):
        while waiting and not sign.greater_precedence_than(waiting[-1]):
            _join(waiting.pop(), values)
        waiting.append(sign)
        values.append(compile_value(operand))
    while waiting:
        _join(waiting.pop(), values)
    return values[0]


def _join(sign: operators.BinaryOperator, values: list[Value]) -> None:
    right, left, apply = values.pop(), values.pop(), sign.apply_to
    # The right side of && and || is looked at only when the left one has not decided, as in Velocity.
    if apply in _AND:
        values.append(lambda scope: bool(left(scope) and right(scope)))
    elif apply in _OR:
        values.append(lambda scope: bool(left(scope) or right(scope)))
    else:
        values.append(lambda scope: apply(left(scope), right(scope)))


@compile_value.register
def _chain(node: operators.VariableExpression) -> Value:
    """$a.b(c)[d]: a variable, then from value to value; nothing at the end is the empty string."""
    variable, links = _variable(node.part), list(_links(node.subexpression))
    if node.part.index is not None:
        links.insert(0, _at(node.part.index))

    def follow(scope: Scope) -> Any:
        value = variable(scope)
        for link in links:
            value = link(value, scope)
        return "" if value is None else value

    return follow


def _variable(part: operators.NameOrCall) -> Value:
    """Its value; of a #define its text."""
    name, parameters = part.name, part.parameters
    if name[0] == "_":
        return lambda _scope: None
    if parameters is not None:
        return _called_with(name, _parameters(parameters), parameters.my_text())

    def read(scope: Scope) -> Any:
        value = scope[name]
        return _text(value, scope, []) if type(value) is Function else value

    return read


def _called_with(name: str, parameters: list[Value], own_text: str) -> Value:
    """$name(...), which only a #define can be; parentheses that hold nothing are printed, as AWS does."""

    def call(scope: Scope) -> Any:
        value = scope[name]
        if value is None:
            return None
        if type(value) is not Function:
            raise TypeError(f"${name} cannot be called")
        values = [parameter(scope) for parameter in parameters]
        return _text(value, scope, values) + ("" if values else own_text)

    return call


def _text(function: Function, scope: Scope, values: list[Any]) -> str:
    out: list[str] = []
    function.write(scope, out, values)
    return "".join(out)


def _links(node: Any) -> Iterator[Link]:
    """What follows: .name, .name(...), .name[...], or [...] alone."""
    if node is None:
        return
    if isinstance(node.expression, operators.ArrayIndex):
        yield _at(node.expression)
        yield from _links(node.subexpression)
        return
    part = node.expression.part
    yield _attribute(part.name) if part.parameters is None else _call(part)
    if part.index is not None:
        yield _at(part.index)
    yield from _links(node.expression.subexpression)


def _attribute(name: str) -> Link:
    def read(value: Any, _scope: Scope) -> Any:
        found = _own(value, name)
        return None if callable(found) else found  # a method that nobody calls is nothing

    return read


def _call(part: operators.NameOrCall) -> Link:
    name, parameters = part.name, _parameters(part.parameters)

    def call(value: Any, scope: Scope) -> Any:
        own = _own(value, name)
        if isinstance(value, dict) and not callable(own):  # a key of this name hides no method
            own = getattr(value, name, None) if name[0] != "_" else None
        if own is not None:
            return own(*[parameter(scope) for parameter in parameters])
        taught = METHODS.get(type(value), {}).get(name)
        return None if taught is None else taught(value, *[parameter(scope) for parameter in parameters])

    return call


def _parameters(node: operators.ParameterList) -> list[Value]:
    return [compile_value(value) for value in getattr(node.values, "values", ())]  # none are no list


def _own(value: Any, name: str) -> Any:
    """A map's value, else an attribute of Python's; None: there is none."""
    if name[0] == "_":
        return None
    found = value.get(name) if isinstance(value, dict) else None
    return getattr(value, name, None) if found is None else found


def _at(node: operators.ArrayIndex) -> Link:
    index = compile_value(node.index)

    def at(value: Any, scope: Scope) -> Any:
        if value is None:
            return None
        place = index(scope)
        if isinstance(value, list) and not isinstance(place, int):
            raise ValueError(f"expected an integer as an index, got {place!r}")
        try:
            return value[place]
        except (LookupError, TypeError):
            return None

    return at
