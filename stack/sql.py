"""`make sql Q="..."`: a query to Athena's API of the running stack, its answer as a table."""

import os
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloud.clients import client
from cloud.wait import until
from stack import targets
from stack.errors import StackError

PATIENCE = 600.0  # seconds; the box ends a query long before
_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_NUMBERS = frozenset({"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"})


def ask(query: str, database: str) -> None:
    """Print what a query gives. Raises StackError with Athena's reason when it fails."""
    if not query.strip():
        raise StackError('no query: make sql Q="SELECT name, sum(distance) FROM raw GROUP BY name"')
    os.environ.update(targets.running(os.environ))
    client.cache_clear()
    try:
        name = client("athena").start_query_execution(
            QueryString=query, QueryExecutionContext={"Database": database or _only_database()}
        )["QueryExecutionId"]
        execution = _ended(name)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise StackError(execution["Status"].get("StateChangeReason") or execution["Status"]["State"])
        table = _table(name, has_header=execution["ResultConfiguration"]["OutputLocation"].endswith(".csv"))
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the query box does not answer as it should: {error}") from error
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    read = execution["Statistics"]["DataScannedInBytes"]
    print(f"{table.row_count} rows; {read:,} bytes read; {execution['ResultConfiguration']['OutputLocation']}")


def _only_database() -> str:
    """The database that there is; "default" when there are several."""
    found = client("athena").list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    return str(found[0]["Name"]) if len(found) == 1 else "default"


def _ended(name: str) -> Any:
    def look() -> Any:
        execution = client("athena").get_query_execution(QueryExecutionId=name)["QueryExecution"]
        return execution if execution["Status"]["State"] in _ENDED else None

    return until(look, PATIENCE, what="the query")


def _table(name: str, *, has_header: bool) -> Table:
    """The result; the first row of a SELECT's is its columns' names."""
    table = Table(box=None, pad_edge=False)
    first = True
    for page in client("athena").get_paginator("get_query_results").paginate(QueryExecutionId=name):
        rows = page["ResultSet"]["Rows"]
        if first:
            for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]:
                table.add_column(Text(column["Name"]), justify="right" if column["Type"] in _NUMBERS else "left")
            rows = rows[1:] if has_header else rows
            first = False
        for row in rows:
            table.add_row(*(Text(value.get("VarCharValue", "NULL")) for value in row["Data"]))
    return table
