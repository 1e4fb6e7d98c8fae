"""Partitions: which conditions may leave folders out, and how folders are read."""

import pytest

from services.query import partitions
from services.query.catalogue import Table
from services.query.translation import translate

RAW = Table("d", "raw", {"name": "string"}, {"day": "string", "hour": "string"}, "s3://lake/raw/", {}, {})


@pytest.mark.parametrize(
    ("query", "known", "test"),
    [
        ("SELECT 1 FROM raw WHERE hour = '08' AND name = 'x'", ["day", "hour"], "\"hour\" = '08'"),
        ("SELECT 1 FROM raw WHERE hour = '08'", ["day"], "(true)"),
        ("SELECT 1 FROM raw WHERE hour = '08' OR name = 'x'", ["day", "hour"], "(true)"),
        ("SELECT 1 FROM raw r JOIN other o ON true WHERE r.hour = '08'", ["hour"], "\"hour\" = '08'"),
        ("SELECT 1 FROM raw r JOIN other o ON true WHERE hour = '08'", ["hour"], "(true)"),
        ("SELECT 1 FROM other o LEFT JOIN raw r ON true WHERE r.hour IS NULL", ["hour"], "(true)"),
        ("SELECT 1 FROM raw WHERE hour IN (SELECT hour FROM other)", ["hour"], "(true)"),
        ("SELECT 1 FROM (SELECT * FROM raw) WHERE hour = '08'", ["hour"], "(true)"),
        ("SELECT 1 FROM raw WHERE hour = '08' UNION ALL SELECT 2 FROM raw WHERE hour = '09'", ["hour"], " OR "),
    ],
)
def test_only_what_certainly_excludes_a_folder_counts(query: str, known: list[str], test: str) -> None:
    """Conditions on partitions alone, of the SELECT that reads the table, and without outer joins."""
    made = partitions.test(partitions.conditions(translate(query, "d").tree, RAW), known)

    assert test in made
    assert ("true" in made) == (test == "(true)")


def test_a_folder_is_read_by_the_tables_own_template() -> None:
    """Hive's names without one; anything else in the bucket is none of the table's."""
    own = Table(
        "d", "t", {}, {"Day": "string"}, "s3://lake/t/", {"storage.location.template": "s3://lake/t/on-${Day}/"}, {}
    )

    assert partitions.layout(RAW) == ["day=${day}", "hour=${hour}"]
    assert partitions.read("day=${day}", "day=25") == {"day": "25"}
    assert partitions.read("day=${day}", "marks") is None
    assert partitions.layout(own) == ["on-${Day}"]
    assert partitions.read("on-${Day}", "on-7") == {"day": "7"}
