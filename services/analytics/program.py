"""What an application's SQL says: a source, a sink, and one query between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Column:
    """kind: its type in DuckDB's words; expression: in DuckDB's SQL, of a column that is computed."""

    name: str
    kind: str
    expression: str = ""


@dataclass(frozen=True)
class Table:
    """A stream as a table. proctime: its columns that are PROCTIME(); rowtime: the watermark's column, "" for none.

    lateness: seconds that the watermark stays behind the newest row; options: of the WITH clause.
    """

    name: str
    columns: tuple[Column, ...]
    options: Mapping[str, str]
    proctime: frozenset[str] = frozenset()
    rowtime: str = ""
    lateness: float = 0.0

    @property
    def stream(self) -> str:
        """The stream's name, or its ARN."""
        return self.options.get("stream") or self.options["stream.arn"]

    @property
    def computed(self) -> tuple[Column, ...]:
        return tuple(one for one in self.columns if one.expression)

    @property
    def physical(self) -> tuple[Column, ...]:
        return tuple(one for one in self.columns if not one.expression and one.name not in self.proctime)


@dataclass(frozen=True)
class Query:
    """SELECT ... GROUP BY window, keys. Expressions are sqlglot's; width: of a window, in seconds.

    time: the column that is tumbled over; outputs: one per column of the sink. In keys, outputs and having the window's
    bounds are columns named START and END.
    """

    time: str
    width: float
    keys: tuple[exp.Expr, ...]
    outputs: tuple[exp.Expr, ...]
    where: exp.Expr | None = None
    having: exp.Expr | None = None


START, END = "__window_start", "__window_end"


@dataclass(frozen=True)
class Program:
    """text: as it was written."""

    text: str
    source: Table
    sink: Table
    query: Query

    @property
    def event_time(self) -> bool:
        """Whether windows follow the rows' own time."""
        return self.query.time not in self.source.proctime
