"""A digest stands for a request."""

from typing import Any

import pytest

from services.emulator.transactions import Done, Signature

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


def test_what_is_left_of_a_transaction_answers_a_repeated_request() -> None:
    """It is the same request, its answer, and what reading its items consumes: two units for each 4 KB."""
    sizes = {"a": [0, 100, 4096, 4097], "b": [400_000]}
    response: dict[str, Any] = {"ItemCollectionMetrics": {"a": []}}
    done = Done({"signature": REQUEST, "response": response, "sizes": sizes})
    done["completed_at"] = 5.0

    assert done.get("signature") == REQUEST
    assert done.get("signature") != {}
    assert done.get("response", {}) == response
    assert done["completed_at"] == 5.0
    assert {table: _units(each) for table, each in done.get("sizes").items()} == {"a": 10.0, "b": 196.0}
    assert {table: _units(each) for table, each in sizes.items()} == {"a": 10.0, "b": 196.0}


def test_an_empty_answer_stays_one() -> None:
    """MiniStack goes through its members."""
    assert Done({"signature": REQUEST, "response": {}, "sizes": {}}).get("response", {}) == {}


def _units(sizes: list[int]) -> float:
    """As MiniStack counts them."""
    return sum(2.0 * max(1.0, float(-(-size // 4096))) for size in sizes)
