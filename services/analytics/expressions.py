"""Expressions of the subset: which there are, and what they are in DuckDB's SQL. Pure."""

from collections.abc import Collection

from sqlglot import exp

from services.analytics.dialect import refuse

AGGREGATES = (exp.Sum, exp.Min, exp.Max, exp.Count, exp.Avg)
_ALLOWED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Cast, exp.TryCast, exp.DataType,
    exp.DataTypeParam, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT,
    exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.Between, exp.In, exp.Like, exp.Case, exp.If, exp.Coalesce,
    exp.Nullif,
    exp.Concat, exp.DPipe, exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Length, exp.Abs, exp.Round, exp.Floor,
    exp.Ceil, exp.Interval, exp.Var,
)  # fmt: skip
UNITS = {"MILLISECOND": 0.001, "SECOND": 1.0, "MINUTE": 60.0, "HOUR": 3600.0, "DAY": 86400.0}


def check(expression: exp.Expr, columns: Collection[str], text: str, *, aggregates: bool = False) -> None:
    """Raise Refused unless the expression is of the subset, and all its columns are among these."""
    for node in expression.walk():
        if isinstance(node, AGGREGATES) and aggregates:
            _aggregate(node, text)
        elif isinstance(node, exp.Star) and isinstance(node.parent, exp.Count):
            continue
        elif isinstance(node, exp.Column):
            if node.name not in columns:
                raise refuse(f"there is no column {node.name} here", node, text)
        elif not isinstance(node, _ALLOWED):
            raise refuse(f"{_word(node)} is not supported{' here' if isinstance(node, AGGREGATES) else ''}", node, text)


def sql(expression: exp.Expr) -> str:
    """The expression for DuckDB; columns lose the name of their table, of which there is one."""
    copy = expression.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
        column.this.set("quoted", True)
    return copy.sql(dialect="duckdb")


def interval(node: exp.Expr | None, text: str) -> float:
    """The seconds of INTERVAL '1' MINUTE. Raises Refused for anything else."""
    if isinstance(node, exp.Interval) and node.this is not None:
        unit = str(node.args["unit"].name if node.args.get("unit") else "").upper().rstrip("S")
        try:
            seconds = float(node.this.name) * UNITS[unit]
        except (KeyError, ValueError):
            seconds = -1
        if seconds >= 0:
            return seconds
    raise refuse(f"an interval like INTERVAL '1' MINUTE is wanted; units: {', '.join(UNITS)}", node, text)


def _aggregate(node: exp.Expr, text: str) -> None:
    if isinstance(node.this, exp.Distinct):
        raise refuse("DISTINCT in an aggregate is not supported", node, text)
    if node.find_ancestor(*AGGREGATES):
        raise refuse("an aggregate in an aggregate is not supported", node, text)


def _word(node: exp.Expr) -> str:
    return node.name.upper() if isinstance(node, exp.Anonymous) else node.key.upper()
