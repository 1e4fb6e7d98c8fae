"""Queries: what is read of Athena's dialect, and what DuckDB is told."""

import pytest

from services.query.failure import QueryFailed
from services.query.translation import to_duckdb, translate


def test_tables_get_the_database_that_was_chosen() -> None:
    """Names in WITH are none; the catalogue's name goes; case does not matter."""
    select = translate("WITH x AS (SELECT 1) SELECT * FROM Raw r, x, AwsDataCatalog.other.T", "Rides")

    assert select.tables == (("rides", "raw"), ("other", "t"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT count(*), sum(a) AS b, c FROM t", 'COUNT(*) AS "_col0"'),
        ("SELECT date_format(a, '%Y') FROM t", "STRFTIME("),
        ("SELECT approx_distinct(a) FROM t", "APPROX_COUNT_DISTINCT("),
        ("SELECT json_extract_scalar(a, '$.b') FROM t", "->>"),
        ("SELECT current_timestamp", "CAST('1970-01-01 00:00:09.000000' AS TIMESTAMP)"),
        ("SELECT from_iso8601_timestamp(a) FROM t", "AS TIMESTAMP)"),
        ("SELECT cast(a AS timestamp(3)) FROM t", "AS TIMESTAMP)"),
    ],
)
def test_athenas_functions_become_duckdbs(text: str, said: str) -> None:
    """Unnamed columns are called after their place, and times are UTC."""
    assert said in to_duckdb(translate(text, "d"), 9.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT a\nFROM", "SYNTAX_ERROR: line 2:"),
        ("SELECT 'x", "SYNTAX_ERROR: line 1:1"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR: line 1:1: Only one"),
        ("INSERT INTO t SELECT 1", "NOT_SUPPORTED: line 1:1: INSERT"),
        ("SELECT * FROM no.such.thing", "CATALOG_NOT_FOUND: line 1:"),
        ("", "SYNTAX_ERROR"),
    ],
)
def test_what_is_no_query_says_where(text: str, reason: str) -> None:
    """The kind, the line and the column."""
    with pytest.raises(QueryFailed) as failed:
        translate(text, "d")

    assert str(failed.value).startswith(reason)
