"""CREATE TABLE ... WITH ('connector' = 'kinesis', ...): a stream as a table. Pure.

https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/table/kinesis/
"""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from services.analytics.dialect import refuse
from services.analytics.expressions import check, interval, sql
from services.analytics.program import Column, Table

KINDS = {
    "TEXT": "VARCHAR", "VARCHAR": "VARCHAR", "CHAR": "VARCHAR", "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP",
}  # fmt: skip
"""Type as sqlglot names it -> DuckDB's. All times are UTC."""
POSITIONS = ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "connector": ("kinesis",),
    "stream": (),
    "stream.arn": (),
    "aws.region": (),
    "format": ("json",),
    "scan.stream.initpos": POSITIONS,
    "source.init.position": POSITIONS,
    "scan.stream.initpos-timestamp": (),
    "scan.watermark.idle-timeout": (),
    "json.ignore-parse-errors": ("true", "false"),
    "json.fail-on-missing-field": ("false",),
    "json.timestamp-format.standard": ("SQL",),
    "sink.partitioner": ("random",),
}
"""What may stand in WITH, and where only some values will do, these."""


def table(create: exp.Create, text: str) -> Table:
    """The table that a statement declares. Raises Refused."""
    schema = create.this
    if create.args.get("kind") != "TABLE" or not isinstance(schema, exp.Schema):
        raise refuse("only CREATE TABLE with columns is supported", create, text)
    columns: list[Column] = []
    proctime: set[str] = set()
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            _column(part, columns, proctime, text)
        elif not isinstance(part, exp.WatermarkColumnConstraint):
            raise refuse("only columns and WATERMARK FOR are supported here", part, text)
    marks = [part for part in schema.expressions if isinstance(part, exp.WatermarkColumnConstraint)]
    rowtime, lateness = _watermark(marks, columns, text) if marks else ("", 0.0)
    return Table(schema.this.name, tuple(columns), _options(create, text), frozenset(proctime), rowtime, lateness)


def _column(part: exp.ColumnDef, columns: list[Column], proctime: set[str], text: str) -> None:
    if part.name.lower() in {one.name.lower() for one in columns}:
        raise refuse(f"column {part.name} is there twice", part, text)
    expression = None
    for constraint in part.args.get("constraints") or ():
        match constraint.kind:
            case exp.ComputedColumnConstraint():
                expression = constraint.kind.this
            case exp.NotNullColumnConstraint():
                pass
            case _:
                raise refuse("this constraint is not supported", part, text)
    if expression is None:
        columns.append(Column(part.name, _kind(part.args.get("kind"), part, text)))
    elif isinstance(expression, exp.Anonymous) and expression.name.upper() == "PROCTIME":
        proctime.add(part.name)
        columns.append(Column(part.name, "TIMESTAMP"))
    else:
        check(expression, [one.name for one in columns], text)
        columns.append(Column(part.name, "", sql(expression)))


def _kind(kind: exp.Expr | None, part: exp.ColumnDef, text: str) -> str:
    if not isinstance(kind, exp.DataType):
        raise refuse(f"column {part.name} has no type", part, text)
    name = kind.this.name
    if name == "DECIMAL":
        return kind.sql("duckdb") if kind.expressions else "DECIMAL(10, 0)"
    if name not in KINDS:
        raise refuse(f"type {kind.sql()} is not supported", part, text)
    return KINDS[name]


def _watermark(marks: Sequence[exp.WatermarkColumnConstraint], columns: list[Column], text: str) -> tuple[str, float]:
    """The column, and how many seconds the watermark stays behind it."""
    mark = marks[-1]
    name, rule = mark.this.name, mark.expression
    if len(marks) > 1:
        raise refuse("a table has one watermark", mark, text)
    if name not in {one.name for one in columns}:
        raise refuse(f"there is no column {name}", mark, text)
    if isinstance(rule, exp.Column) and rule.name == name:
        return name, 0.0
    if isinstance(rule, exp.Sub) and isinstance(rule.this, exp.Column) and rule.this.name == name:
        return name, interval(rule.expression, text)
    raise refuse(f"a watermark is the column, or {name} - INTERVAL '5' SECOND", mark, text)


def _options(create: exp.Create, text: str) -> dict[str, str]:
    properties = create.args.get("properties")
    found: dict[str, str] = {}
    for one in properties.expressions if properties else ():
        if not isinstance(one, exp.Property) or not isinstance(one.args["value"], exp.Literal):
            raise refuse("only 'option' = 'value' is supported in WITH", one, text)
        name, value = one.this.name, one.args["value"].name
        if name not in _OPTIONS:
            raise refuse(f"option '{name}' is not supported; these are: {', '.join(_OPTIONS)}", one, text)
        if _OPTIONS[name] and value not in _OPTIONS[name]:
            raise refuse(f"'{name}' = '{value}' is not supported; it can be {', '.join(_OPTIONS[name])}", one, text)
        found[name] = value
    for needed in ("connector", "format"):
        if needed not in found:
            raise refuse(f"WITH needs '{needed}'", create.this.this, text)
    if not (found.get("stream") or found.get("stream.arn")):
        raise refuse("WITH needs 'stream', the stream's name, or 'stream.arn'", create.this.this, text)
    return found
