"""The query box with its users' own tools: PyAthena, and boto3 where it shows more, over an archive in S3."""

import gzip
import json
import signal
from collections.abc import Iterator
from typing import Any

import pyathena
import pytest
from pyathena.error import OperationalError

from bootstrap.glue import Databases, DataTables
from cloud.clients import client
from cloud.wait import until
from labs.analytics import Database, DataTable
from labs.wild_rydes import catalogue
from tests.contract.bootstrap_stack import Stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

PATIENCE = 60.0  # seconds
RESULTS = "s3://answers/here/"
TABLE = DataTable(
    "Raw",
    Name="raw",
    DatabaseName="rides",
    Columns=catalogue.COLUMNS,
    PartitionKeys=catalogue.PARTITIONS,
    Location="s3://lake/raw/",
    Parameters=catalogue.PROJECTION,
)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An emulator, a query box, and two hours of readings: 40 of the hour 07, 20 of the hour 08."""
    stack = Stack(tmp_path_factory.mktemp("query"))
    try:
        stack.start("emulator", "query")
        stack.lead()
        for bucket in ("lake", "answers"):
            client("s3").create_bucket(Bucket=bucket)
        for hour, count in (("07", 40), ("08", 20)):
            key = f"raw/year=2026/month=11/day=25/hour={hour}/shard-1.jsonl.gz"
            client("s3").put_object(Bucket="lake", Key=key, Body=gzip.compress(_readings(hour, count)))
        client("s3").put_object(Bucket="lake", Key="raw/_SUCCESS", Body=b"not JSON")
        Databases().put(Database("Rides", Name="rides"), None)
        DataTables().put(TABLE, None)
        yield stack
    finally:
        stack.close()


@pytest.fixture
def stack(started: Stack) -> Stack:
    """The same, with this process's clients led there."""
    started.lead()
    return started


@pytest.fixture
def cursor(stack: Stack) -> Iterator[Any]:
    """PyAthena, told nothing but where results go."""
    with pyathena.connect(s3_staging_dir=RESULTS, schema_name="rides", region_name="us-east-1") as connection:
        yield connection.cursor()


def _readings(hour: str, count: int) -> bytes:
    readings = [
        {"Name": f"U{number % 2}", "StatusTime": f"2026-11-25 {hour}:00:{number:02}.123", "Distance": 1.25 + number,
         "MagicPoints": number, "HealthPoints": 100, "InputData": 'so, "so"' if number else ""}
        for number in range(count)
    ]  # fmt: skip
    return b"".join(json.dumps(one).encode() + b"\n" for one in readings)


def start(text: str, **more: Any) -> str:
    return str(
        client("athena").start_query_execution(
            QueryString=text, QueryExecutionContext={"Database": "rides"}, **more
        )["QueryExecutionId"]
    )  # fmt: skip


def ended(name: str) -> dict[str, Any]:
    def look() -> Any:
        found = client("athena").get_query_execution(QueryExecutionId=name)["QueryExecution"]
        return found if found["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"} else None

    found: dict[str, Any] = until(look, PATIENCE, what="the query's end")
    return found


def test_pyathena_asks_and_is_answered_in_its_types(cursor: Any) -> None:
    """Sums are exact, times are times, names are as they were asked for, and nothing is None but NULL."""
    cursor.execute(
        "SELECT name, sum(Distance) AS metres, count(*), min(statustime), avg(magicpoints), max(latitude)"
        " FROM raw GROUP BY name ORDER BY name"
    )
    rows = cursor.fetchall()

    assert [one[0] for one in cursor.description] == ["name", "metres", "_col2", "_col3", "_col4", "_col5"]
    assert [one[1] for one in cursor.description][:4] == ["varchar", "decimal", "bigint", "timestamp"]
    assert [(row[0], str(row[1]), row[2]) for row in rows] == [("U0", "507.50", 30), ("U1", "537.50", 30)]
    assert rows[0][3].isoformat() == "2026-11-25T07:00:00.123000"
    assert rows[0][5] is None


def test_only_the_partitions_that_a_query_is_about_are_read(stack: Stack) -> None:
    """One hour costs its own object's bytes and no more, in any form of the condition; no condition costs both."""
    sizes = {
        one["Key"][-19:-17]: one["Size"]
        for one in client("s3").list_objects_v2(Bucket="lake", Prefix="raw/year=")["Contents"]
    }
    conditions = {
        "hour = '08'": sizes["08"],
        "r.day = '25' AND (hour > '07') AND name = 'U0'": sizes["08"],
        "hour IN ('07') AND year = '2026'": sizes["07"],
        "cast(hour AS integer) BETWEEN 8 AND 23": sizes["08"],
        "year = '2025'": 0,
        "hour = '08' OR name = 'U1'": sum(sizes.values()),
    }
    names = {condition: start(f"SELECT count(*) FROM raw r WHERE {condition}") for condition in conditions}

    assert {one: ended(name)["Statistics"]["DataScannedInBytes"] for one, name in names.items()} == conditions


def test_results_come_in_pages_and_stand_in_s3_as_csv(stack: Stack) -> None:
    """The first row of the first page is the header; the CSV has every value in quotes."""
    name = start(
        "SELECT magicpoints, inputdata FROM raw WHERE hour = '07' ORDER BY 1",
        ResultConfiguration={"OutputLocation": RESULTS},
    )
    assert ended(name)["ResultConfiguration"]["OutputLocation"] == f"{RESULTS}{name}.csv"
    pages = list(
        client("athena").get_paginator("get_query_results").paginate(
            QueryExecutionId=name, PaginationConfig={"PageSize": 15}
        )
    )  # fmt: skip
    rows = [[one.get("VarCharValue") for one in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    written = client("s3").get_object(Bucket="answers", Key=f"here/{name}.csv")["Body"].read().decode().splitlines()

    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [15, 15, 11]
    assert rows[:3] == [["magicpoints", "inputdata"], ["0", ""], ["1", 'so, "so"']]
    assert written[:3] == ['"magicpoints","inputdata"', '"0",""', '"1","so, ""so"""']
    assert client("s3").head_object(Bucket="answers", Key=f"here/{name}.csv.metadata")["ContentLength"] > 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT nme FROM raw", "COLUMN_NOT_FOUND: line 1:8: Column 'nme' cannot be resolved"),
        ("SELECT 1 FROM\n  nowhere", "TABLE_NOT_FOUND: line 2:3: Table 'awsdatacatalog.rides.nowhere' does not exist"),
        ("SELECT 1 FROM no.raw", "SCHEMA_NOT_FOUND: line 1:18: Schema 'no' does not exist"),
        ("SELECT\n wrong(name) FROM raw", "FUNCTION_NOT_FOUND: line 2:2: Function 'wrong' not registered"),
        ("SELECT name FRM raw x y", "SYNTAX_ERROR: line 1:17: mismatched input 'raw'"),
        ("DROP TABLE raw", "NOT_SUPPORTED: line 1:1: DROP is not supported"),
        ("SELECT cast('x' AS integer)", "INVALID_CAST_ARGUMENT: "),
        ("SELECT * FROM read_text('/etc/passwd')", "SYNTAX_ERROR: "),
    ],
)
def test_what_cannot_be_run_fails_with_athenas_words_and_the_place(stack: Stack, text: str, reason: str) -> None:
    """The state is FAILED, and its reason names the kind, the line and the column; files are out of reach."""
    status = ended(start(text))["Status"]

    assert (status["State"], status["StateChangeReason"][: len(reason)]) == ("FAILED", reason)
    assert status["AthenaError"]["ErrorCategory"] == 2


def test_pyathena_raises_what_the_box_says(cursor: Any) -> None:
    """The reason reaches the user of PyAthena."""
    with pytest.raises(OperationalError, match=r"COLUMN_NOT_FOUND: line 1:8"):
        cursor.execute("SELECT nme FROM raw")


def test_the_catalogue_is_told_in_every_way(cursor: Any) -> None:
    """SHOW, DESCRIBE, and the metadata actions say what the declaration says."""
    shown = {text: cursor.execute(text).fetchall() for text in ("SHOW DATABASES", "SHOW TABLES", "DESCRIBE raw")}
    described = client("athena").get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="rides", TableName="raw")
    listed = client("athena").list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="rides")

    assert (shown["SHOW DATABASES"], shown["SHOW TABLES"]) == ([("rides",)], [("raw",)])
    assert [row[0] for row in shown["DESCRIBE raw"]][:2] == ["name", "statustime"]
    assert [one["Name"] for one in described["TableMetadata"]["PartitionKeys"]] == ["year", "month", "day", "hour"]
    assert [one["Name"] for one in listed["TableMetadataList"]] == ["raw"]
    assert client("athena").list_data_catalogs()["DataCatalogsSummary"][0]["CatalogName"] == "AwsDataCatalog"
    assert client("athena").get_work_group(WorkGroup="primary")["WorkGroup"]["State"] == "ENABLED"


def test_a_query_can_be_stopped(stack: Stack) -> None:
    """One that would take for ever is CANCELLED, and the next one runs."""
    name = start("SELECT count(*) FROM raw a, raw b, raw c, raw d, raw e, raw f WHERE a.distance + f.distance < 0")
    client("athena").stop_query_execution(QueryExecutionId=name)

    assert ended(name)["Status"]["State"] == "CANCELLED"
    assert ended(start("SELECT 1"))["Status"]["State"] == "SUCCEEDED"


def test_executions_survive_a_kill(stack: Stack) -> None:
    """What has ended is still told of; what ran is run again, and the token still means the same execution."""
    token = "one-and-the-same-token-for-both-calls"
    done = start("SELECT 42", ClientRequestToken=token)
    assert ended(done)["Status"]["State"] == "SUCCEEDED"
    long = start("SELECT count(*) FROM raw a, raw b, raw c, raw d")
    stack.kill("query")
    stack.start("query")
    rows = client("athena").get_query_results(QueryExecutionId=done)["ResultSet"]["Rows"]

    assert rows[1]["Data"] == [{"VarCharValue": "42"}]
    assert start("SELECT 42", ClientRequestToken=token) == done
    assert ended(long)["Status"]["State"] == "SUCCEEDED"
    assert {done, long} <= set(client("athena").list_query_executions()["QueryExecutionIds"])
    assert stack.running["query"].poll() is None
    stack.running["query"].send_signal(signal.SIGTERM)
    assert stack.running["query"].wait(60) in {0, -signal.SIGTERM}
    stack.start("query")
