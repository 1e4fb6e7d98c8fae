"""Lists in pages."""

import pytest

from cloud.errors import AwsError
from services.worker.routes import pages


@pytest.mark.parametrize("text", ["", "0", "00", "-1", "1.5", "x", "\u00b2", "\u0663", "9\u00b2"])
def test_a_page_has_one_item_or_more(text: str) -> None:
    """Anything but a number from 1 on is refused as Lambda does, other scripts' digits too."""
    with pytest.raises(AwsError, match="ValidationException"):
        pages.of({"MaxItems": text}, "Functions", [1, 2])


@pytest.mark.parametrize(
    ("text", "items"), [("1", [1]), ("002", [1, 2]), ("9" * 10, [1, 2, 3]), ("9" * 5000, [1, 2, 3])]
)
def test_a_page_has_as_many_items_as_are_asked_for(text: str, items: list[int]) -> None:
    """And no more than its limit, however large the number."""
    assert pages.of({"MaxItems": text}, "Functions", [1, 2, 3, 4], most=3)["Functions"] == items
