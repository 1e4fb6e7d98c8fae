"""The mends of DynamoDB's expressions change no answer."""

from base64 import b64encode
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ministack.services import dynamodb

from cloud.errors import ConfigError
from services.emulator import expressions
from services.emulator.expressions import plain_copy
from services.emulator.patch import put

OTHERS = (
    "_condition_syntax_error",
    "_check_reserved_keyword_usage",
    "_check_redundant_parens",
    "_number_size_bytes",
    "_paginate_evaluated_items",
)
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
    for name in OTHERS:
        setattr(module, name, lambda *_: None)
    expressions.install(module)
    module._tokenize("a = b").clear()

    assert module._tokenize("a = b") == ["a", "=", "b"]
    assert asked == ["a = b"]


def test_a_function_that_is_gone_is_an_error_at_the_start() -> None:
    """Not a mend that silently does nothing."""
    with pytest.raises(ConfigError, match="kinesis has no _gone"):
        put(SimpleNamespace(__name__="kinesis"), "_gone", None)


MENDED = SimpleNamespace(**vars(dynamodb))
expressions.install(MENDED)
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str) | st.integers().map(str)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FLAT = (
    st.fixed_dictionaries({"S": TEXT})
    | st.fixed_dictionaries({"N": NUMBER})
    | st.fixed_dictionaries({"B": st.binary(max_size=20).map(lambda raw: b64encode(raw).decode())})
    | st.fixed_dictionaries({"BOOL": st.booleans()})
    | st.fixed_dictionaries({"NULL": st.just(True)})
    | st.fixed_dictionaries({"SS": st.lists(TEXT, max_size=3)})
    | st.fixed_dictionaries({"NS": st.lists(NUMBER, max_size=3)})
)
VALUE = st.recursive(
    FLAT,
    lambda inner: (
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"M": st.dictionaries(TEXT, inner, max_size=3)})
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(TEXT, VALUE, max_size=4), max_size=6), st.none() | st.integers(1, 4))
def test_a_page_ends_where_it_ended_before(items: list[Any], limit: int | None) -> None:
    """Whatever the items: their JSON is never shorter than what is counted of them."""
    page = 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expressions, "PAGE", page)
        patch.setattr(dynamodb, "_DDB_PAGE_SIZE_BYTES", page)

        assert MENDED._paginate_evaluated_items(items, limit, {}) == dynamodb._paginate_evaluated_items(
            items, limit, {}
        )


@given(NUMBER | st.sampled_from(["1E+125", "-1e-130", "007.10", "", "x", " 5 ", "+3"]))
def test_a_number_has_the_size_that_it_had(number: str) -> None:
    """The first time and the second."""
    size = dynamodb._number_size_bytes(number)

    assert [MENDED._number_size_bytes(number) for _ in range(2)] == [size, size]
    assert MENDED._number_size_bytes([number]) == dynamodb._number_size_bytes([number])
