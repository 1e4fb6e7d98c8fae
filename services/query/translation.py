"""A query in Athena's dialect: what it asks for, and the same for DuckDB. Pure.

https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from services.query.failure import QueryFailed

_TIMES = {"TIMESTAMPTZ", "TIMESTAMPLTZ"}


@dataclass(frozen=True)
class Select:
    """A query that reads tables: (database, name) of each, its tree, and its text as it was written."""

    tree: exp.Query
    text: str
    tables: tuple[tuple[str, str], ...]


def translate(text: str, database: str) -> Select:
    """Read a query; tables without a database are of the one given. Raises QueryFailed, with line and column."""
    tree = _parse(text)
    if not isinstance(tree, exp.Query):
        raise QueryFailed("NOT_SUPPORTED", f"{tree.key.upper()} is not supported: SELECT, SHOW and DESCRIBE are", 1, 1)
    if nested := tree.find(exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Into):
        raise QueryFailed("NOT_SUPPORTED", "a query only reads", *position(nested, text))
    found: dict[tuple[str, str], None] = {}
    for table in tables_of(tree):
        _qualify(table, database, text)
        found[table.db, table.name] = None
    return Select(tree, text, tuple(found))


def tables_of(tree: exp.Expr) -> list[exp.Table]:
    """The tables that a query names, without what it names itself in WITH."""
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    return [
        table
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and (table.args.get("db") or table.name.lower() not in named)
    ]


def to_duckdb(select: Select, now: float) -> str:
    """The query for DuckDB. now: epoch seconds, of current_timestamp and its like; all times are UTC."""
    moment = datetime.fromtimestamp(now, UTC)

    def translated(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.CurrentTimestamp | exp.Localtimestamp):
            return exp.cast(exp.Literal.string(f"{moment:%Y-%m-%d %H:%M:%S.%f}"), "timestamp")
        if isinstance(node, exp.CurrentDate):
            return exp.cast(exp.Literal.string(f"{moment:%Y-%m-%d}"), "date")
        if isinstance(node, exp.DataType) and node.this.name in _TIMES | {"TIMESTAMP"}:
            return exp.DataType.build("timestamp")
        return node

    tree = select.tree.copy().transform(translated)
    _name_columns(tree)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", True)
    text = tree.sql(dialect="duckdb")
    # Functions whose translation has a time zone in it.
    return text.replace("AS TIMESTAMPTZ)", "AS TIMESTAMP)").replace("AS TIMESTAMP WITH TIME ZONE)", "AS TIMESTAMP)")


def position(node: exp.Expr | None, text: str) -> tuple[int, int]:
    """Line and column of the first word of a part of the text, from 1 on."""
    starts = [one.meta["start"] for one in node.walk() if "start" in one.meta] if node is not None else []
    before = text[: min(starts, default=0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _parse(text: str) -> exp.Expr:
    try:
        trees = [one for one in sqlglot.parse(text, dialect="athena") if one is not None]
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        word = found.get("highlight") or ""
        column = max(int(found.get("col") or 1) - max(len(word), 1) + 1, 1)
        said = f"mismatched input '{word or '<EOF>'}': {found.get('description')}"
        raise QueryFailed("SYNTAX_ERROR", said, int(found.get("line") or 1), column) from error
    except TokenError as error:
        raise QueryFailed("SYNTAX_ERROR", f"this cannot be read: {error}", text.count("\n") + 1, 1) from error
    if len(trees) != 1:
        raise QueryFailed("SYNTAX_ERROR", "Only one sql statement is allowed", 1, 1)
    return trees[0]


def _qualify(table: exp.Table, database: str, text: str) -> None:
    """Give a table its database, and take the catalogue's name away."""
    if table.catalog and table.catalog.lower() != "awsdatacatalog":
        raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{table.catalog}' not found", *position(table, text))
    meta = dict(table.this.meta)
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    name = exp.to_identifier(table.name.lower())
    name.meta.update(meta)
    table.set("catalog", None)
    table.set("db", exp.to_identifier((table.db or database).lower()))
    table.set("this", name)


def _name_columns(tree: exp.Expr) -> None:
    """What has no name is called after its place, as in Athena: _col0, _col1 ..."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for number, one in enumerate(list(select.expressions)):
        if not isinstance(one, exp.Alias | exp.Column | exp.Star | exp.Dot):
            one.replace(exp.alias_(one.copy(), f"_col{number}"))
