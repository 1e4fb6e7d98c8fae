"""The open windows of a query: rows go in, are added up by DuckDB at once, and come out when their window is over.

What is kept of a window is one row per group, whatever came in: sums, counts, least and greatest values.
"""

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import orjson
from sqlglot import exp

from services.analytics.expressions import AGGREGATES, sql
from services.analytics.program import END, START, Program

_MERGES: Mapping[type[exp.Expr], str] = {exp.Sum: "sum", exp.Min: "min", exp.Max: "max", exp.Count: "sum"}
MEMORY = "256MB"


class Windows:
    """Of one program. Times are epoch milliseconds."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.width = int(program.query.width * 1000)
        self.database = duckdb.connect(config={"enable_external_access": "false", "memory_limit": MEMORY, "threads": 1})
        self._parts: dict[str, tuple[str, str]] = {}  # an aggregate's SQL -> its column, how two of them are merged
        self._outputs = [self._of_parts(one) for one in program.query.outputs]
        self._having = self._of_parts(program.query.having) if program.query.having is not None else "true"
        self._keys = [sql(key) for key in program.query.keys]
        self.database.execute(f"CREATE TABLE open AS {self._grouped('[]', 0)}")
        self.ends: list[int] = []
        """When the open windows end, the first one first."""
        self._kinds = [row[1] for row in self.database.execute("DESCRIBE open").fetchall()]

    def close(self) -> None:
        """Give back the memory."""
        self.database.close()

    def add(self, rows: Iterable[tuple[int, bytes]], watermark: int) -> tuple[int, int]:
        """Take rows in: when each was read, and its JSON object. Returns the newest time, and how many came late.

        A row is late when its window was over at the watermark; it is dropped.
        """
        text = b"[" + b",".join(b'{"t":%d,"d":%s}' % row for row in rows) + b"]"
        newest, late = self._measure(text, watermark)
        columns = ", ".join(["__window", *self._key_names, *(name for name, _ in self._parts.values())])
        merged = [
            f"{how}({name})::{kind} AS {name}"
            for (name, how), kind in zip(self._parts.values(), self._part_kinds, strict=True)
        ]
        self.database.execute(
            f"CREATE OR REPLACE TABLE merged AS SELECT {', '.join(['__window', *self._key_names, *merged])} FROM"
            f" (SELECT {columns} FROM open UNION ALL SELECT {columns} FROM ({self._grouped('$rows', watermark)}))"
            " GROUP BY ALL",
            {"rows": text.decode()},
        )
        self.database.execute("DROP TABLE open")
        self.database.execute("ALTER TABLE merged RENAME TO open")
        self._look()
        return newest, late

    def _look(self) -> None:
        found = self.database.execute("SELECT DISTINCT __window FROM open ORDER BY 1").fetchall()
        self.ends = [int(row[0]) + self.width for row in found]

    def take(self, watermark: int) -> list[str]:
        """The lines of all windows that are over at the watermark, as JSON for the sink; the windows are forgotten."""
        start, end = "make_timestamp(__window * 1000)", f"make_timestamp((__window + {self.width}) * 1000)"
        bounds = f"SELECT *, {start} AS {START}, {end} AS {END}"
        pairs = zip(self.program.sink.columns, self._outputs, strict=True)
        fields = ", ".join(f"{_quoted(column.name)}: CAST({output} AS {column.kind})" for column, output in pairs)
        over = f"__window + {self.width} <= {watermark}"
        found = self.database.execute(
            f"SELECT to_json({{{fields}}})::VARCHAR FROM ({bounds} FROM open WHERE {over}) WHERE {self._having}"
            f" ORDER BY {', '.join(['__window', *self._key_names])}"
        ).fetchall()
        self.database.execute(f"DELETE FROM open WHERE {over}")
        self._look()
        return [row[0] for row in found]

    def dump(self) -> list[list[str | None]]:
        """All that is open, as text."""
        return [list(row) for row in self.database.execute("SELECT COLUMNS(*)::VARCHAR FROM open").fetchall()]

    def load(self, dumped: Sequence[Sequence[str | None]]) -> None:
        """Go on from what was dumped."""
        values = ", ".join(f"CAST(r[{number}] AS {kind})" for number, kind in enumerate(self._kinds, 1))
        self.database.execute("DELETE FROM open")
        self.database.execute(
            f"""INSERT INTO open SELECT {values} FROM (SELECT unnest(from_json($rows, '[["VARCHAR"]]')) AS r)""",
            {"rows": orjson.dumps(dumped).decode()},
        )
        self._look()

    @property
    def _key_names(self) -> list[str]:
        return [f"__key{number}" for number in range(len(self.program.query.keys))]

    @property
    def _part_kinds(self) -> list[str]:
        return self._kinds[1 + len(self._key_names) :]

    def _measure(self, text: bytes, watermark: int) -> tuple[int, int]:
        """The newest time, and the late rows."""
        late = f"__window + {self.width} <= {watermark}" if self.program.event_time else "false"
        row = self.database.execute(
            f"SELECT max(__time), count(*) FILTER (WHERE {late}) FROM ({self._rows('$rows')})", {"rows": text.decode()}
        ).fetchone()
        assert row
        return int(row[0] or 0), int(row[1])

    def _rows(self, text: str) -> str:
        """The source as a table of DuckDB's, with the time that is tumbled over and its window."""
        source = self.program.source
        given = text if text.startswith("$") else f"'{text}'"
        shape = orjson.dumps({one.name: one.kind for one in source.physical}).decode().replace("'", "''")
        reads = "from_json" if source.options.get("json.ignore-parse-errors") == "true" else "from_json_strict"
        physical = "".join(f", r.d.{_quoted(one.name)} AS {_quoted(one.name)}" for one in source.physical)
        proctime = "".join(f", make_timestamp(r.t * 1000) AS {_quoted(name)}" for name in sorted(source.proctime))
        inner = (
            f"""SELECT r.t AS __read{physical}{proctime} FROM """
            f"""(SELECT unnest({reads}({given}, '[{{"t":"BIGINT","d":{shape}}}]')) AS r)"""
        )
        for column in source.computed:
            inner = f"SELECT *, {column.expression} AS {_quoted(column.name)} FROM ({inner})"
        time = f"epoch_ms({_quoted(self.program.query.time)}::TIMESTAMP)" if self.program.event_time else "__read"
        window = f"CAST(floor(__time / {self.width}) * {self.width} AS BIGINT) AS __window"
        # A row without a time belongs to no window.
        return f"SELECT *, {window} FROM (SELECT *, {time} AS __time FROM ({inner})) WHERE __time IS NOT NULL"

    def _grouped(self, text: str, watermark: int) -> str:
        """What rows add up to, per window and group."""
        query = self.program.query
        keys = [f"{key} AS {name}" for key, name in zip(self._keys, self._key_names, strict=True)]
        parts = [f"{part} AS {name}" for part, (name, _) in self._parts.items()]
        wanted = [f"__window + {self.width} > {watermark}"] if self.program.event_time else []
        wanted += [f"({sql(query.where)})"] if query.where is not None else []
        return (
            f"SELECT {', '.join(['__window', *keys, *parts])} FROM ({self._rows(text)})"
            f" WHERE {' AND '.join(wanted) or 'true'} GROUP BY ALL"
        )

    def _of_parts(self, expression: exp.Expr) -> str:
        """The expression over what is kept: keys and parts of aggregates."""
        named = {sql(key): f"__key{number}" for number, key in enumerate(self.program.query.keys)}

        def kept(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Avg):
                total, count = self._part(exp.Sum(this=node.this.copy())), self._part(exp.Count(this=node.this.copy()))
                return exp.Paren(this=exp.Div(this=exp.column(total), expression=exp.column(count)))
            if isinstance(node, AGGREGATES):
                return exp.column(self._part(node))
            name = named.get(sql(node)) if isinstance(node, exp.Expr) else None
            return exp.column(name) if name else node

        return sql(expression.copy().transform(kept))

    def _part(self, aggregate: exp.Expr) -> str:
        """The column that keeps an aggregate."""
        text = sql(aggregate)
        if text not in self._parts:
            self._parts[text] = (f"__part{len(self._parts)}", _MERGES[type(aggregate)])
        return self._parts[text][0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
