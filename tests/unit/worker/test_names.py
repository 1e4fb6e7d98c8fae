"""Names and ARNs of functions."""

import pytest

from services.worker.functions.names import FunctionName, function_arn, parse

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.mark.parametrize("text", ["f", "000000000000:function:f", "function:f", ARN])
def test_a_function_may_be_named_in_several_ways(text: str) -> None:
    """Name, partial ARN, full ARN: the same function, with a qualifier and without."""
    assert parse(text) == FunctionName("f")
    assert parse(f"{text}:$LATEST") == FunctionName("f", "$LATEST")
    assert parse(text, "live") == FunctionName("f", "live")


@pytest.mark.parametrize("name", ["my-function", "function"])
def test_a_name_may_end_in_the_word_function(name: str) -> None:
    """AWS's own examples are called my-function; with a qualifier that stays the name, and the qualifier its own."""
    arn = function_arn("us-east-1", "000000000000", FunctionName(name, "live"))

    assert parse(arn) == parse(arn.partition(":lambda:")[2]) == FunctionName(name, "live")
    assert parse(f"function:{name}:live") == FunctionName(name, "live")
    assert parse("my-function:live") == FunctionName("my-function", "live")


def test_an_arn_carries_the_qualifier() -> None:
    """It is part of the name."""
    assert function_arn("us-east-1", "000000000000", FunctionName("f", "live")) == f"{ARN}:live"
