"""A query's result as Athena words it: types, values as text, CSV in S3 and pages. Pure.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

_TYPES = {
    "BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "HUGEINT": "bigint", "UBIGINT": "bigint", "FLOAT": "float", "DOUBLE": "double", "DATE": "date", "BLOB": "varbinary",
    "TIME": "time", "VARCHAR": "varchar", "JSON": "json",
}  # fmt: skip
_PRECISIONS = {
    "boolean": 0, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "date": 0,
    "timestamp": 3, "varchar": 2147483647,
}  # fmt: skip
_FIELD = re.compile(r'"((?:[^"]|"")*)"|(?=,|\n)')


@dataclass(frozen=True)
class Column:
    """kind: as Athena names it; precision, scale: of a decimal."""

    name: str
    kind: str
    precision: int = 0
    scale: int = 0

    def described(self) -> dict[str, Any]:
        """As GetQueryResults tells it."""
        return {
            "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": self.name, "Label": self.name,
            "Type": self.kind, "Precision": self.precision, "Scale": self.scale, "Nullable": "UNKNOWN",
            "CaseSensitive": self.kind in {"varchar", "char"},
        }  # fmt: skip


@dataclass(frozen=True)
class Result:
    """header: whether the rows begin with the columns' names, as those of a SELECT do."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | None]]
    scanned: int = 0
    header: bool = True

    def csv(self) -> bytes:
        """All values in quotes, so that an empty text is not taken for nothing."""
        rows = [[column.name for column in self.columns], *self.rows] if self.header else self.rows
        return "".join(",".join(map(_field, row)) + "\n" for row in rows).encode()

    def text(self) -> bytes:
        """What SHOW and DESCRIBE leave in S3."""
        return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows).encode()

    def metadata(self) -> bytes:
        """What stands beside the CSV."""
        return orjson.dumps([column.described() for column in self.columns])


def from_csv(text: str) -> Iterator[list[str | None]]:
    """The rows of what csv() wrote, with the header."""
    position = 0
    row: list[str | None] = []
    while position < len(text):
        found = _FIELD.match(text, position)
        assert found, "not written by csv()"
        row.append(found[1].replace('""', '"') if found[1] is not None else None)
        position = found.end()
        if text[position] == "\n":
            yield row
            row = []
        position += 1


def athena_type(kind: str) -> tuple[str, int, int]:
    """DuckDB's type as Athena's, with precision and scale."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return "decimal", int(found[1]), int(found[2])
    if kind.startswith("TIMESTAMP"):
        return "timestamp", 3, 0
    if kind.endswith("]"):
        return "array", 0, 0
    name = _TYPES.get(kind, "row" if kind.startswith("STRUCT") else "map" if kind.startswith("MAP") else "varchar")
    return name, _PRECISIONS.get(name, 0), 0


def text_of(value: Any, column: Column) -> str | None:
    """A value as Athena writes it; None for NULL."""
    if value is None:
        return None
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    return format(value, "f") if column.kind == "decimal" else str(value)


def _inner(value: Any) -> str:
    return text_of(value, Column("", "varchar")) or "null"


def _double(value: float) -> str:
    """As Java writes it."""
    if not math.isfinite(value):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(value)]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, _, exponent = f"{value:.16e}".partition("e")
    shortest = next(text for n in range(17) if float(text := f"{value:.{n}e}") == value)
    digits = shortest.partition("e")[0]
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


_WRITERS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((bool,), lambda value: str(value).lower()),
    ((float,), _double),
    ((datetime,), lambda value: f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"),
    ((date,), lambda value: str(value.isoformat())),
    ((bytes,), lambda value: str(value.hex(" "))),
    ((list, tuple), lambda value: "[" + ", ".join(map(_inner, value)) + "]"),
    ((dict,), lambda value: "{" + ", ".join(f"{name}={_inner(one)}" for name, one in value.items()) + "}"),
)


def _field(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
