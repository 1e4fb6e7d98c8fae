"""Partitions: which values a key's folders stand for, and which of them a query can be about at all. Pure.

As with partition projection, nobody registers partitions: the table says how they lie in the bucket.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from services.query.catalogue import Table

Values = Mapping[str, str]


def layout(table: Table) -> list[str]:
    """One template per folder below the table's location, e.g. ["year=${year}", "month=${month}"]."""
    template = table.parameters.get("storage.location.template", "")
    if template:
        path = template.removeprefix("s3://").partition("/")[2].strip("/")
        return [part for part in path.removeprefix(table.prefix.strip("/")).split("/") if part]
    return [f"{name}=${{{name}}}" for name in table.partitions]


def read(template: str, folder: str) -> Values | None:
    """The values in a folder's name; None when it is none of the table's."""
    pattern = re.sub(r"\\\$\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, folder)
    return {name.lower(): value for name, value in found.groupdict().items()} if found else None


def conditions(tree: exp.Expr, table: Table) -> list[list[exp.Expr]]:
    """For every place where a query reads the table: what its partitions must be like, as conditions that all hold.

    Only what stands in the WHERE of the very SELECT counts, joined by AND, and about this table's partitions alone.
    With an outer join nothing does, since a row that is not read would be one that has no match.
    """
    return [_of(one, table) for one in tree.find_all(exp.Table) if (one.db, one.name) == (table.database, table.name)]


def _of(reference: exp.Table, table: Table) -> list[exp.Expr]:
    select = reference.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if select is None or where is None or any(join.side or join.method for join in select.args.get("joins") or ()):
        return []
    alone = not select.args.get("joins") and not select.args.get("laterals")
    return [one for one in _conjuncts(where.this) if _is_about(one, reference, table, alone)]


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    elif isinstance(condition, exp.Paren):
        yield from _conjuncts(condition.this)
    else:
        yield condition


def _is_about(condition: exp.Expr, reference: exp.Table, table: Table, alone: bool) -> bool:
    """Whether all columns are partitions of this table. alone: no other table could own an unqualified column."""
    if condition.find(exp.Query, exp.AggFunc, exp.Window, exp.Rand, exp.Subquery):
        return False
    columns = list(condition.find_all(exp.Column))
    return bool(columns) and all(
        column.name.lower() in table.partitions
        and (column.table.lower() == reference.alias_or_name.lower() if column.table else alone)
        for column in columns
    )


def names(condition: exp.Expr) -> set[str]:
    """The partition columns that a condition is about."""
    return {column.name.lower() for column in condition.find_all(exp.Column)}


def test(places: Sequence[Sequence[exp.Expr]], known: Sequence[str]) -> str:
    """DuckDB's SQL: whether any place where the table is read can want a partition of which only these are known."""
    each = []
    for conditions_of in places:
        decided = [_bare(one) for one in conditions_of if names(one) <= set(known)]
        each.append("(" + (" AND ".join(f"({one})" for one in decided) or "true") + ")")
    return " OR ".join(each) or "true"


def _bare(condition: exp.Expr) -> str:
    copy = condition.copy()
    for column in copy.find_all(exp.Column):
        column.replace(exp.column(exp.to_identifier(column.name.lower(), quoted=True)))
    return copy.sql(dialect="duckdb")
