"""A digest stands for a request."""

from typing import Any

import pytest

from services.emulator.transactions import Signature

REQUEST = {"TransactItems": [{"Put": {"Item": {"Id": {"S": "a"}, "N": {"N": "1"}}}}]}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"TransactItems": [{"Put": {"Item": {"N": {"N": "1"}, "Id": {"S": "a"}}}}]}, True),
        ({"TransactItems": [{"Put": {"Item": {"N": {"N": "2"}, "Id": {"S": "a"}}}}]}, False),
        ({"TransactItems": []}, False),
    ],
)
def test_it_equals_what_has_the_same_content(other: dict[str, Any], same: bool) -> None:
    """Whatever the order of the members, and against the request itself, as MiniStack compares."""
    assert (Signature(REQUEST) == other) is same
    assert (Signature(REQUEST) == Signature(other)) is same


def test_half_a_surrogate_pair_is_content_too() -> None:
    """orjson does not write it."""
    assert Signature({"S": "\ud800"}) == {"S": "\ud800"}
    assert Signature({"S": "\ud800"}) != {"S": "\ud801"}
