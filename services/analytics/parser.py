"""From an application's text to its program: CREATE TABLE for both ends, then INSERT INTO ... SELECT. Pure.

Both ways of Flink to group by windows are read: GROUP BY TUMBLE(c, size), and
FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), size)) GROUP BY window_start, window_end.
https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/window-agg/
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlglot import exp

from services.analytics.dialect import refuse, statements
from services.analytics.expressions import AGGREGATES, check, interval, sql
from services.analytics.program import END, START, Program, Query, Table
from services.analytics.tables import table

_BOUNDS = {"TUMBLE_START": START, "TUMBLE_END": END, "WINDOW_START": START, "WINDOW_END": END}
_CLAUSES = {
    "joins": "JOIN", "order": "ORDER BY", "limit": "LIMIT", "distinct": "DISTINCT", "with_": "WITH",
    "qualify": "QUALIFY", "windows": "WINDOW", "laterals": "LATERAL", "offset": "OFFSET",
}  # fmt: skip


class _Window(NamedTuple):
    table: str
    time: exp.Expr
    width: float
    in_from: bool


def parse(text: str) -> Program:
    """The program of a text. Raises Refused, with line and column, for what is no SQL or outside of the subset."""
    tables: dict[str, Table] = {}
    inserts: list[exp.Insert] = []
    for statement in statements(text):
        if isinstance(statement, exp.Create):
            made = table(statement, text)
            if made.name in tables:
                raise refuse(f"table {made.name} is created twice", statement, text)
            tables[made.name] = made
        elif isinstance(statement, exp.Insert) and not inserts:
            inserts.append(statement)
        elif isinstance(statement, exp.Insert):
            raise refuse("an application has one INSERT INTO", statement, text)
        else:
            raise refuse(f"{statement.key.upper()} is not supported: CREATE TABLE and INSERT INTO are", statement, text)
    if not inserts:
        raise refuse("there is no INSERT INTO ... SELECT", None, text)
    return _program(inserts[0], tables, text)


def _program(insert: exp.Insert, tables: Mapping[str, Table], text: str) -> Program:
    if not isinstance(insert.this, exp.Table):
        raise refuse("INSERT INTO names a table, without columns", insert.this, text)
    select = insert.expression
    if not isinstance(select, exp.Select):
        raise refuse("INSERT INTO is followed by one SELECT", select or insert, text)
    for clause, word in _CLAUSES.items():
        if found := select.args.get(clause):
            raise refuse(f"{word} is not supported", found[0] if isinstance(found, list) else found, text)
    sink = _known(insert.this.name, tables, insert.this, text)
    window = _window(select, text)
    source = _known(window.table, tables, select.args["from_"], text)
    if window.time.name not in {*source.proctime, source.rowtime} - {""}:
        raise refuse(
            f"{window.time.name} is no time to tumble by: it is neither PROCTIME() nor has it a WATERMARK",
            window.time,
            text,
        )
    query = _query(select, source, window, text)
    if len(query.outputs) != len(sink.columns):
        raise refuse(f"{len(query.outputs)} columns for the {len(sink.columns)} of {sink.name}", select, text)
    return Program(text, source, sink, query)


def _known(name: str, tables: Mapping[str, Table], node: exp.Expr, text: str) -> Table:
    if name not in tables:
        raise refuse(f"there is no table {name}", node, text)
    return tables[name]


def _window(select: exp.Select, text: str) -> _Window:
    origin = select.args.get("from_")
    if origin is None:
        raise refuse("SELECT has no FROM", select, text)
    inner = origin.this.this if isinstance(origin.this, exp.Table) else None
    if isinstance(inner, exp.Identifier):
        return _grouped(select, inner.name, text)
    if not isinstance(inner, exp.Anonymous) or inner.name.upper() != "TABLE" or len(inner.expressions) != 1:
        raise refuse("FROM takes a table, or TABLE(TUMBLE(...))", origin, text)
    tumble = inner.expressions[0]
    parts = tumble.expressions if isinstance(tumble, exp.Anonymous) and tumble.name.upper() == "TUMBLE" else ()
    if len(parts) != 3 or not isinstance(parts[0], exp.Table) or not _is_call(parts[1], "DESCRIPTOR"):
        raise refuse("TABLE(TUMBLE(TABLE t, DESCRIPTOR(column), INTERVAL '1' MINUTE)) is wanted", inner, text)
    return _Window(parts[0].name, parts[1].expressions[0], _width(parts[2], text), True)


def _grouped(select: exp.Select, name: str, text: str) -> _Window:
    group = select.args.get("group")
    calls = [one for one in (group.expressions if group else ()) if _is_call(one, "TUMBLE")]
    if len(calls) != 1 or len(calls[0].expressions) != 2:
        raise refuse("GROUP BY needs one TUMBLE(column, INTERVAL '1' MINUTE)", group or select, text)
    time, width = calls[0].expressions
    return _Window(name, time, _width(width, text), False)


def _width(node: exp.Expr, text: str) -> float:
    width = interval(node, text)
    if width < 1:
        raise refuse("a window is at least a second wide", node, text)
    return width


def _query(select: exp.Select, source: Table, window: _Window, text: str) -> Query:
    columns = {one.name for one in source.columns}
    where = select.args.get("where")
    if where:
        check(where.this, columns - source.proctime, text)
    grouped = [_bounded(one, window) for one in select.args["group"].expressions] if select.args.get("group") else []
    if window.in_from and not any(_is_bound(one) for one in grouped):
        raise refuse("GROUP BY needs window_start and window_end", select.args.get("group") or select, text)
    keys = tuple(one for one in grouped if not _is_bound(one) and not _is_call(one, "TUMBLE"))
    for key in keys:
        check(key, columns, text)
    outputs = tuple(_bounded(one.unalias(), window) for one in select.expressions)
    having = _bounded(select.args["having"].this, window) if select.args.get("having") else None
    for expression in (*outputs, *((having,) if having else ())):
        check(expression, {*columns, START, END}, text, aggregates=True)
        _check_grouped(expression, keys, text)
    return Query(window.time.name, window.width, keys, outputs, where.this if where else None, having)


def _check_grouped(expression: exp.Expr, keys: tuple[exp.Expr, ...], text: str) -> None:
    """Every column stands in an aggregate, or in what is grouped by."""
    names = {sql(key) for key in keys}
    for column in expression.find_all(exp.Column):
        ancestors: list[exp.Expr] = [column]
        while ancestors[-1].parent is not None and ancestors[-1] is not expression:
            ancestors.append(ancestors[-1].parent)
        within = any(isinstance(one, AGGREGATES) or sql(one) in names for one in ancestors)
        if not within and column.name not in {START, END}:
            raise refuse(f"{column.name} is neither grouped by nor in an aggregate", column, text)


def _bounded(expression: exp.Expr, window: _Window) -> exp.Expr:
    """The expression with the window's bounds as columns of their own."""

    def bound(node: exp.Expr) -> exp.Expr:
        name = node.name.upper()
        is_call = isinstance(node, exp.Anonymous) and name in {"TUMBLE_START", "TUMBLE_END"} and not window.in_from
        is_column = isinstance(node, exp.Column) and name in {"WINDOW_START", "WINDOW_END"} and window.in_from
        if not is_call and not is_column:
            return node
        column = exp.column(_BOUNDS[name])
        column.meta.update(node.meta)
        return column

    return expression.copy().transform(bound)


def _is_bound(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name in {START, END}


def _is_call(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.upper() == name
