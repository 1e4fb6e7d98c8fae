"""JSONPath as mapping templates use it."""

from typing import Any

import pytest

from services.gateway.jsonpath import MISSING, BadPath, compile_path

DOCUMENT = {"a": {"b": [1, {"c": 2}], "x y": 3, "d-e": None}, "c": 4}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DOCUMENT),
        ("$.a.b", [1, {"c": 2}]),
        ("a.b[0]", 1),
        ("$.a.b[-1].c", 2),
        ("$['a']['x y']", 3),
        ('$["a"].d-e', None),
        ("$.a.b[9]", MISSING),
        ("$.a.nope.deeper", MISSING),
        ("$.a[0]", MISSING),
        ("$.c.length", MISSING),
        ("$.a.b[*]", [1, {"c": 2}]),
        ("$..c", [4, 2]),
        ("$.a.*", [[1, {"c": 2}], 3, None]),
        ("$.a.b[*].c", [2]),
    ],
)
def test_a_path_finds_a_value_or_for_wildcards_all_of_them(path: str, expected: Any) -> None:
    """A definite path gives the value or MISSING, an indefinite one a list."""
    assert expected == compile_path(path)(DOCUMENT) or expected is compile_path(path)(DOCUMENT)


@pytest.mark.parametrize("path", ["$.a[?(@.b)]", "$.a[1:2]", "$.a b", "$[", "$.."])
def test_what_is_not_supported_is_refused_by_name(path: str) -> None:
    """Filters, slices and nonsense are errors, never a silent nothing."""
    with pytest.raises(BadPath, match="not understood"):
        compile_path(path)
