"""The mends of DynamoDB's expressions change no answer."""

from collections import defaultdict
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import ConfigError
from services.emulator import expressions
from services.emulator.expressions import plain_copy
from services.emulator.patch import put

VALUES = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(exclude_categories=[])) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES)
@settings(deadline=None)
def test_a_copy_is_equal_and_shares_nothing(value: object) -> None:
    """For every value that JSON has, half surrogate pairs and large numbers among them."""
    copied = plain_copy(value)

    assert copied == value
    assert copied is not value or not isinstance(value, list | dict)


def test_what_is_no_json_is_copied_as_before() -> None:
    """Its type stays: MiniStack's tables are defaultdicts."""
    table = defaultdict(dict, {"p": {"s": 1}})
    copied = plain_copy({"items": table})

    assert type(copied["items"]) is defaultdict
    assert copied["items"] == table
    assert copied["items"]["p"] is not table["p"]
    assert plain_copy((1, [2])) == (1, [2])


def test_parts_of_an_expression_are_remembered_but_nobody_shares_the_list() -> None:
    """MiniStack takes tokens from the list that it got."""
    asked: list[str] = []

    def tokenize(text: str) -> list[str]:
        asked.append(text)
        return text.split()

    module = SimpleNamespace(__name__="dynamodb", copy=None, _tokenize=tokenize)
    for name in ("_condition_syntax_error", "_check_reserved_keyword_usage", "_check_redundant_parens"):
        setattr(module, name, lambda *_: None)
    expressions.install(module)
    module._tokenize("a = b").clear()

    assert module._tokenize("a = b") == ["a", "=", "b"]
    assert asked == ["a = b"]


def test_a_function_that_is_gone_is_an_error_at_the_start() -> None:
    """Not a mend that silently does nothing."""
    with pytest.raises(ConfigError, match="kinesis has no _gone"):
        put(SimpleNamespace(__name__="kinesis"), "_gone", None)
