"""Results: values as Athena writes them, and CSV that comes back as it was."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.query.result import Column, Result, athena_type, from_csv, text_of


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "varchar", None),
        (True, "boolean", "true"),
        (1.0, "double", "1.0"),
        (12345678.0, "double", "1.2345678E7"),
        (0.0001, "double", "1.0E-4"),
        (float("nan"), "double", "NaN"),
        (Decimal("12.50"), "decimal", "12.50"),
        (datetime(2026, 11, 25, 7, 0, 1, 123456), "timestamp", "2026-11-25 07:00:01.123"),
        (date(2026, 11, 25), "date", "2026-11-25"),
        ([1, None], "array", "[1, null]"),
        ({"a": 1}, "row", "{a=1}"),
    ],
)
def test_values_are_written_as_athena_writes_them(value: Any, kind: str, text: str | None) -> None:
    """Doubles as Java has them, times to the millisecond, NULL as nothing."""
    assert text_of(value, Column("x", kind)) == text


def test_csv_comes_back_as_it_was() -> None:
    """Quotes, commas and ends of lines in values; NULL is not an empty text."""
    rows: list[list[str | None]] = [['a "b"', "1,2", None], ["", "two\nlines", "x"]]
    result = Result([Column(name, "varchar") for name in ("p", "q", "r")], rows)

    assert list(from_csv(result.csv().decode())) == [["p", "q", "r"], *rows]


def test_types_have_athenas_names() -> None:
    """HUGEINT, which DuckDB sums into, is a bigint; decimals keep their digits."""
    assert [athena_type(kind)[0] for kind in ("HUGEINT", "TIMESTAMP", "INTEGER[]")] == ["bigint", "timestamp", "array"]
    assert athena_type("DECIMAL(12,2)") == ("decimal", 12, 2)
