"""Directives: a node of airspeed's becomes a function that appends its text to what was written so far."""

import json
import re
from functools import singledispatch
from typing import Any

import airspeed
from airspeed import operators

from cloud.errors import ConfigError, FogbankError
from services.gateway.velocity.expressions import compile_value
from services.gateway.velocity.scope import MAX_TURNS, Break, Ended, Function, Scope, Step, TemplateFailed, Value
from services.gateway.velocity.values import printed

COLLECTIONS = list | tuple | set | type({}.keys())


class BreakDirective(airspeed._Element):  # type: ignore[misc] # airspeed has no types
    """#break, which airspeed does not know by itself."""

    BREAK = re.compile(r"#break\b(.*)", re.DOTALL | re.IGNORECASE)

    def parse(self) -> None:
        """As airspeed calls it. Raises NoMatch."""
        self.identity_match(self.BREAK)


airspeed.UserDefinedDirective.DIRECTIVES.append(BreakDirective)


def compile_text(text: str) -> Step:
    """The whole of a template. Raises what airspeed raises of a text that is no Velocity, and ConfigError."""
    template = airspeed.Template(text)
    template.ensure_compiled()
    return compile_step(template.root_element.block)


@singledispatch
def compile_step(node: Any) -> Step:
    """The function of a directive's node. Raises ConfigError for one that is not known here."""
    raise ConfigError(f"mapping template: {type(node).__name__} is not supported")


@compile_step.register
def _block(node: operators.Block) -> Step:
    nodes = [child for child in node.children if not isinstance(child, operators.Comment)]
    steps = [compile_step(child) for child in nodes]

    def run(scope: Scope, out: list[str]) -> None:
        at = 0
        try:
            for at, step in enumerate(steps):  # noqa: B007 - tells which one failed
                step(scope, out)
        except FogbankError:
            raise
        except Exception as error:
            raise TemplateFailed(f"{_place(nodes[at])}: {type(error).__name__}: {error}") from error

    return run


def _place(node: Any) -> str:
    return f"line {1 + node.full_text().count(chr(10), 0, node.start)}, {node.my_text().strip()[:80]}"


@compile_step.register
def _text(node: operators.Text | operators.FallthroughHashText) -> Step:
    text = node.text
    return lambda _scope, out: out.append(text)


@compile_step.register
def _printed(node: operators.FormalReference) -> Step:
    if node.expression is None:
        text = node.my_text()
        return lambda _scope, out: out.append(text)
    value = compile_value(node.expression)
    return lambda scope, out: out.append(printed(value(scope)))


@compile_value.register
def _interpolated(node: operators.InterpolatedStringLiteral) -> Value:
    block = compile_step(node.block)

    def text(scope: Scope) -> str:
        out: list[str] = []
        block(scope, out)
        return "".join(out)

    return text


@compile_step.register
def _set(node: operators.SetDirective) -> Step:
    assignment = node.assignment
    name, value = assignment.root_term, compile_value(assignment.value)
    if not assignment.terms:
        return lambda scope, _out: scope.assign(name, value(scope))
    *path, last = [_key(term.term) for term in assignment.terms]

    def run(scope: Scope, _out: list[str]) -> None:
        given, place = value(scope), scope[name]
        for key in path:
            place = place[key(scope)]
        place[last(scope)] = given

    return run


def _key(term: Any) -> Value:
    if isinstance(term, operators.BracketedValueTerm):
        return compile_value(term.value)
    name = term.value
    return lambda _scope: name


@compile_step.register
def _if(node: operators.IfDirective) -> Step:
    cases = [(_condition(case), compile_step(case.block)) for case in (node, *node.elseifs)]
    otherwise = node.else_block
    last = compile_step(otherwise.block) if isinstance(otherwise, operators.ElseBlock) else None

    def run(scope: Scope, out: list[str]) -> None:
        for condition, block in cases:
            if condition(scope):
                block(scope, out)
                return
        if last is not None:
            last(scope, out)

    return run


def _condition(case: operators.IfDirective | operators.ElseifBlock) -> Value:
    return compile_value(case.condition.expression)


@compile_step.register
def _foreach(node: operators.ForeachDirective) -> Step:
    """Over a list, or over a map's values, as Velocity has it; over nothing when it is no collection."""
    collection, block, name = compile_value(node.value), compile_step(node.block), node.loop_var_name

    def run(scope: Scope, out: list[str]) -> None:
        items = collection(scope)
        items = list(items.values()) if isinstance(items, dict) else items
        if isinstance(items, COLLECTIONS):
            _turns(items, name, block, scope, out)

    return run


def _turns(items: Any, name: str, block: Step, scope: Scope, out: list[str]) -> None:
    last = len(items)
    if last > MAX_TURNS:
        raise TemplateFailed(f"a #foreach would go round {last} times, at most {MAX_TURNS} are allowed")
    for count, item in enumerate(items, 1):
        more = count < last
        loop = {"count": count, "index": count - 1, "hasNext": more, "first": count == 1, "last": not more}
        own = {"velocityCount": count, "velocityHasNext": more, name: item, "foreach": loop}
        try:
            block(Scope(own, scope), out)
        except Break:
            return


@compile_step.register
def _own(node: operators.UserDefinedDirective) -> Step:
    return compile_step(node.directive)


@compile_step.register
def _leave(node: operators.StopDirective | BreakDirective) -> Step:
    how = Break if isinstance(node, BreakDirective) else Ended

    def run(_scope: Scope, _out: list[str]) -> None:
        raise how

    return run


@compile_step.register
def _macro(node: operators.MacroDefinition) -> Step:
    name, function = "#" + node.function_name.lower(), _function(node)

    def run(scope: Scope, _out: list[str]) -> None:
        if scope[name] is not None:
            raise ValueError(f"{name} is there already")
        scope.root[name] = function

    return run


@compile_step.register
def _define(node: operators.DefineDefinition) -> Step:
    name, function = node.function_name, _function(node)
    return lambda scope, _out: scope.__setitem__(name, function)


def _function(node: Any) -> Function:
    return Function(node.function_name, tuple(node.arg_names), compile_step(node.block))


@compile_step.register
def _call(node: operators.MacroCall) -> Step:
    name, values = "#" + node.macro_name, [compile_value(each) for each in node.args]

    def run(scope: Scope, out: list[str]) -> None:
        macro = scope[name]
        if macro is None:
            raise ValueError(f"there is no macro {name}")
        macro.write(scope, out, [value(scope) for value in values])

    return run


@compile_step.register
def _evaluate(node: operators.EvaluateDirective) -> Step:
    text = compile_value(node.value)

    def run(scope: Scope, out: list[str]) -> None:
        try:
            step = compile_text(text(scope))
        except ConfigError as error:
            raise TemplateFailed(str(error)) from error
        step(scope, out)

    return run


@compile_step.register
def _return(node: operators.ReturnDirective) -> Step:
    value = compile_value(node.value)

    def run(scope: Scope, out: list[str]) -> None:
        given = value(scope)
        out.append(json.dumps(given) if isinstance(given, dict) else str(given))

    return run


@compile_step.register
def _file(node: operators.IncludeDirective | operators.ParseDirective) -> Step:
    raise ConfigError(f"mapping template: {node.my_text()}: there are no other files")
