"""Selection expressions: from a message to the key of its route."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.errors import ConfigError
from services.gateway.websocket.selection import compile_selection, parse_body

ACTION = "$request.body.action"


@pytest.mark.parametrize(
    ("expression", "body", "key"),
    [
        (ACTION, '{"action": "ping"}', "ping"),
        (ACTION, '{"action": "Ping"}', "Ping"),
        (ACTION, '{"Action": "ping"}', ""),
        (ACTION, '{"action": ""}', ""),
        (ACTION, '{"action": null}', ""),
        (ACTION, '{"action": 7}', "7"),
        (ACTION, '{"action": true}', "true"),
        (ACTION, '{"action": ["ping"]}', ""),
        (ACTION, '["action"]', ""),
        (ACTION, '"action"', ""),
        (ACTION, "ping", ""),
        (ACTION, "", ""),
        ("$request.body.message.kind", '{"message": {"kind": "a"}}', "a"),
        ("$request.body.message.kind", '{"message": "kind"}', ""),
        ("$request.body.items[0]", '{"items": ["a"]}', "a"),
        ("${request.body.a}/${request.body.b}", '{"a": "x", "b": "y"}', "x/y"),
        ("${request.body.a}/${request.body.b}", '{"b": "y"}', "/y"),
        ("${request.body.a}/${request.body.b}", "no JSON", "/"),
        ("v1-${request.body.a}", '{"a": "x"}', "v1-x"),
        ("200", '{"a": "x"}', "200"),
        ("\\$default", "{}", "$default"),
    ],
)
def test_a_key_is_what_the_expression_finds(expression: str, body: str, key: str) -> None:
    """Strings as they are, numbers and booleans as JSON writes them, whatever is missing or no scalar as nothing."""
    assert compile_selection(expression)(parse_body(body)) == key


@pytest.mark.parametrize(
    "expression", ["$request.header.x", "$context.routeKey", "${context.a}", "$request.body", "a$b"]
)
def test_other_expressions_are_refused_when_they_are_compiled(expression: str) -> None:
    """Rather than to select nothing later."""
    with pytest.raises(ConfigError):
        compile_selection(expression)


@given(st.text())
def test_no_message_breaks_a_selection(text: str) -> None:
    """Whatever a client sends, there is a key."""
    assert isinstance(compile_selection("${request.body.a.b}/${request.body.c}")(parse_body(text)), str)
