"""Runs a query: DuckDB in memory, without access to files or the network; its tables are filled from S3 by us."""

import itertools
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import orjson
from sqlglot import exp

from services.query import partitions
from services.query.catalogue import Catalogue, Table
from services.query.failure import QueryCancelled, QueryFailed
from services.query.partitions import Values
from services.query.result import Column, Result, athena_type, text_of
from services.query.storage import Storage
from services.query.translation import Select, position, tables_of, to_duckdb, translate

_CHUNK = 5000  # rows that are put into a table at once
_MOST = 64_000_000  # characters of a result


class Engine:
    """Of one query. May be stopped from another thread."""

    def __init__(self, catalogue: Catalogue, s3: Any, memory: int) -> None:
        self.catalogue = catalogue
        self.storage = Storage(s3)
        self.stopped = ""
        self.database = duckdb.connect(
            config={"enable_external_access": "false", "memory_limit": f"{memory}MB", "threads": 2}
        )
        self.database.execute("SET lock_configuration = true")

    def stop(self, why: str) -> None:
        """End the query, wherever it is."""
        self.stopped = why
        self.database.interrupt()

    def run(self, text: str, database: str) -> Result:
        """The query's result. Raises QueryFailed, QueryCancelled, and boto3's errors."""
        try:
            select = translate(text, database)
            for name in select.tables:
                self._load(self._table(name, select), select)
            return self._ask(select)
        except duckdb.Error as error:
            self._check()
            raise _failure(error, text, select) from error
        finally:
            self.database.close()

    def _check(self) -> None:
        if self.stopped == "timeout":
            raise QueryFailed("EXCEEDED_TIME_LIMIT", "Query exhausted the time that it may take")
        if self.stopped:
            raise QueryCancelled(self.stopped)

    def _table(self, name: tuple[str, str], select: Select) -> Table:
        found = self.catalogue.table(*name)
        if found is None:
            node = next(one for one in tables_of(select.tree) if (one.db, one.name) == name)
            where = position(node.this, select.text)
            if self.catalogue.database(name[0]) is None:
                raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{name[0]}' does not exist", *where)
            raise QueryFailed("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{name[0]}.{name[1]}' does not exist", *where)
        return found

    def _load(self, table: Table, select: Select) -> None:
        """Make the table, with the rows of all objects that the query can be about."""
        kinds = {name: _kind(kind) for name, kind in {**table.columns, **table.partitions}.items()}
        columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in kinds.items())
        name = f"{_quoted(table.database)}.{_quoted(table.name)}"
        self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(table.database)}")
        self.database.execute(f"CREATE TABLE {name} ({columns})")
        places = partitions.conditions(select.tree, table)
        for key, values in self.storage.objects(table, lambda found: self._wanted(found, places, kinds)):
            self._check()
            self._fill(name, table, kinds, values, self.storage.rows(table, key))

    def _wanted(self, found: list[Values], places: Sequence[Sequence[exp.Expr]], kinds: dict[str, str]) -> list[Values]:
        """Of partitions, those whose known values do not exclude them."""
        if not found:
            return []
        known = list(found[0])
        shape = orjson.dumps([dict.fromkeys(known, "VARCHAR")]).decode()
        casts = ", ".join(f"CAST(r.{_quoted(name)} AS {kinds[name]}) AS {_quoted(name)}" for name in known)
        kept = self.database.execute(
            f"SELECT n FROM (SELECT {casts}, n FROM (SELECT unnest(from_json($rows, '{shape}')) AS r,"
            f" generate_subscripts(from_json($rows, '{shape}'), 1) AS n)) WHERE {partitions.test(places, known)}",
            {"rows": orjson.dumps(found).decode()},
        ).fetchall()
        return [found[number - 1] for (number,) in kept]

    def _fill(self, name: str, table: Table, kinds: dict[str, str], values: Values, rows: Iterable[Any]) -> None:
        shape = orjson.dumps([{one: kinds[one] for one in table.columns}]).decode().replace("'", "''")
        fields = [f"r.{_quoted(one)}" for one in table.columns]
        fields += [f"CAST({_literal(values.get(one))} AS {kinds[one]})" for one in table.partitions]
        statement = (
            f"INSERT INTO {name} SELECT {', '.join(fields)} FROM (SELECT unnest(from_json($rows, '{shape}')) AS r)"
        )
        remaining = iter(rows)
        while chunk := list(itertools.islice(remaining, _CHUNK)):
            self._check()
            self.database.execute(statement, {"rows": orjson.dumps(chunk).decode()})

    def _ask(self, select: Select) -> Result:
        self._check()
        cursor = self.database.execute(to_duckdb(select, time.time()))
        columns = [Column(one[0], *athena_type(str(one[1]))) for one in cursor.description or ()]
        rows: list[list[str | None]] = []
        size = 0
        while chunk := cursor.fetchmany(_CHUNK):
            self._check()
            made = [[text_of(value, column) for value, column in zip(row, columns, strict=True)] for row in chunk]
            size += sum(len(value or "") for row in made for value in row)
            if size > _MOST:
                raise QueryFailed("EXCEEDED_MEMORY_LIMIT", f"The result has more than {_MOST} characters")
            rows += made
        return Result(columns, rows, scanned=self.storage.scanned)


def _failure(error: duckdb.Error, text: str, select: Select) -> QueryFailed:
    """DuckDB's error in Athena's words."""
    said = str(error).split("\n")[0]
    if found := re.search(r'column "([^"]+)" not found', said, re.IGNORECASE):
        return QueryFailed("COLUMN_NOT_FOUND", f"Column '{found[1]}' cannot be resolved", *_where(found[1], select))
    if found := re.search(r"Function with name \"?(\w+)\"? does not exist", said):
        return QueryFailed("FUNCTION_NOT_FOUND", f"Function '{found[1]}' not registered", *_where(found[1], select))
    if isinstance(error, duckdb.ConversionException):
        return QueryFailed("INVALID_CAST_ARGUMENT", said)
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed("EXCEEDED_MEMORY_LIMIT", f"Query exhausted resources at this scale factor: {said}")
    if isinstance(error, duckdb.ProgrammingError | duckdb.NotSupportedError | duckdb.PermissionException):
        return QueryFailed("SYNTAX_ERROR", said, *position(select.tree, text))
    return QueryFailed("GENERIC_INTERNAL_ERROR", said)


def _where(name: str, select: Select) -> tuple[int, int]:
    wanted = (
        one
        for one in select.tree.walk()
        if "start" in one.meta and name.lower() in {str(one.name).lower(), one.key.lower(), _written(one, select)}
    )
    return position(next(wanted, select.tree), select.text)


def _written(node: exp.Expr, select: Select) -> str:
    return select.text[node.meta["start"] : node.meta["end"] + 1].lower()


def _kind(hive: str) -> str:
    return exp.DataType.build(hive, dialect="hive").sql(dialect="duckdb")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
