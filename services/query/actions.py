"""Athena's API: the actions by name."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from botocore.exceptions import ClientError

from cloud.errors import AwsError
from cloud.json_protocol import Action
from services.query.catalogue import CATALOGUE, Catalogue
from services.query.executions import SUCCEEDED, Executions, described
from services.query.result import from_csv
from services.query.runner import Runner
from services.query.settings import Settings

_PAGE = 1000  # rows of a page of results, at most
_LIST = 50
_QUERY = 262_144  # bytes of a query's text


class Actions:
    """Raises AwsError as Athena does, and boto3's errors."""

    def __init__(
        self, executions: Executions, runner: Runner, catalogue: Catalogue, s3: Any, settings: Settings
    ) -> None:
        self.executions = executions
        self.runner = runner
        self.catalogue = catalogue
        self.s3 = s3
        self.settings = settings

    def by_name(self) -> Mapping[str, Action]:
        """As X-Amz-Target names them."""
        return {
            "StartQueryExecution": self.start,
            "GetQueryExecution": self.get,
            "BatchGetQueryExecution": self.batch_get,
            "ListQueryExecutions": self.listing,
            "StopQueryExecution": self.stop,
            "GetQueryResults": self.results,
            "GetWorkGroup": self.work_group,
            "ListWorkGroups": self.work_groups,
            "GetDatabase": self.database,
            "ListDatabases": self.databases,
            "GetTableMetadata": self.table,
            "ListTableMetadata": self.tables,
            "GetDataCatalog": self.data_catalog,
            "ListDataCatalogs": self.data_catalogs,
        }

    async def start(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_work_group(request)
        if len(request["QueryString"].encode()) > _QUERY:
            raise AwsError("InvalidRequestException", f"A query has at most {_QUERY} bytes")
        place = (request.get("ResultConfiguration") or {}).get("OutputLocation", "s3://")
        if not place.startswith("s3://"):
            raise AwsError("InvalidRequestException", f"outputLocation is not a valid S3 path: {place}")
        row, is_new = await self.executions.create(request)
        if is_new:
            self.runner.submit(row)
        return {"QueryExecutionId": row["id"]}

    async def get(self, request: dict[str, Any]) -> Mapping[str, Any]:
        return {"QueryExecution": described(await self.executions.get(request["QueryExecutionId"]))}

    async def batch_get(self, request: dict[str, Any]) -> Mapping[str, Any]:
        found, missing = [], []
        for name in request["QueryExecutionIds"]:
            try:
                found.append(described(await self.executions.get(name)))
            except AwsError as error:
                missing.append({"QueryExecutionId": name, "ErrorCode": error.code, "ErrorMessage": error.message})
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    async def listing(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_work_group(request)
        names = [row["id"] for row in await self.executions.all()]
        page, more = _page(names, request, _LIST)
        return {"QueryExecutionIds": page, **more}

    async def stop(self, request: dict[str, Any]) -> Mapping[str, Any]:
        await self.executions.get(request["QueryExecutionId"])
        await self.runner.cancel(request["QueryExecutionId"])
        return {}

    async def results(self, request: dict[str, Any]) -> Mapping[str, Any]:
        row = await self.executions.get(request["QueryExecutionId"])
        if row["state"] != SUCCEEDED:
            raise AwsError(
                "InvalidRequestException", f"Query did not finish successfully. Final query state: {row['state']}"
            )
        columns, rows = await asyncio.to_thread(self._read, row["location"])
        page, more = _page(rows, request, _PAGE)
        data = [{"Data": [{} if value is None else {"VarCharValue": value} for value in one]} for one in page]
        return {"UpdateCount": 0, "ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}, **more}

    def _read(self, location: str) -> tuple[list[dict[str, Any]], list[list[str | None]]]:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            columns = orjson.loads(self.s3.get_object(Bucket=bucket, Key=f"{key}.metadata")["Body"].read())
            text = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            raise AwsError("InvalidRequestException", f"Could not find results: {error}") from error
        if key.endswith(".txt"):
            return columns, [list(one.split("\t")) for one in text.split("\n")[:-1]]
        return columns, list(from_csv(text))

    async def work_group(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_work_group(request)
        configuration = {
            "ResultConfiguration": {"OutputLocation": self.settings.results},
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": False,
            "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
        }
        return {"WorkGroup": {"Name": "primary", "State": "ENABLED", "Configuration": configuration}}

    async def work_groups(self, _request: dict[str, Any]) -> Mapping[str, Any]:
        return {"WorkGroups": [{"Name": "primary", "State": "ENABLED"}]}

    async def database(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_catalogue(request)
        found = await asyncio.to_thread(self.catalogue.database, request["DatabaseName"])
        if found is None:
            raise AwsError("MetadataException", f"Database {request['DatabaseName']} not found.")
        return {"Database": _database(found)}

    async def databases(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_catalogue(request)
        page, more = _page(await asyncio.to_thread(self.catalogue.databases), request, _LIST)
        return {"DatabaseList": list(map(_database, page)), **more}

    async def table(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_catalogue(request)
        database, name = request["DatabaseName"], request["TableName"]
        found = await asyncio.to_thread(self.catalogue.describe, database, name)
        if found is None:
            raise AwsError("MetadataException", f"Table {database}.{name} not found.")
        return {"TableMetadata": _table(found)}

    async def tables(self, request: dict[str, Any]) -> Mapping[str, Any]:
        await self.database(request)
        found = await asyncio.to_thread(self.catalogue.described, request["DatabaseName"])
        page, more = _page(found, request, _LIST)
        return {"TableMetadataList": list(map(_table, page)), **more}

    async def data_catalog(self, request: dict[str, Any]) -> Mapping[str, Any]:
        _check_catalogue({"CatalogName": request["Name"]})
        return {"DataCatalog": {"Name": CATALOGUE, "Type": "GLUE", "Description": "Glue's catalogue"}}

    async def data_catalogs(self, _request: dict[str, Any]) -> Mapping[str, Any]:
        return {"DataCatalogsSummary": [{"CatalogName": CATALOGUE, "Type": "GLUE"}]}


def _check_work_group(request: dict[str, Any]) -> None:
    if (name := request.get("WorkGroup", "primary")) != "primary":
        raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")


def _check_catalogue(request: dict[str, Any]) -> None:
    if (name := request["CatalogName"]).lower() != CATALOGUE.lower():
        raise AwsError("InvalidRequestException", f"Catalog {name} not found")


def _page(items: list[Any], request: dict[str, Any], most: int) -> tuple[list[Any], dict[str, str]]:
    """One page, and the NextToken when there is more."""
    text = request.get("NextToken", "0")
    if not text.isdecimal():
        raise AwsError("InvalidRequestException", "Invalid token")
    start, size = int(text), request.get("MaxResults", most)
    if not 1 <= size <= most:
        raise AwsError("InvalidRequestException", f"MaxResults is more than maximum allowed length {most}")
    return items[start : start + size], {"NextToken": str(start + size)} if start + size < len(items) else {}


def _database(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": found["Name"],
        "Description": found.get("Description") or "",
        "Parameters": found.get("Parameters") or {},
    }


def _table(found: dict[str, Any]) -> dict[str, Any]:
    storage = found.get("StorageDescriptor") or {}
    parameters = {**(found.get("Parameters") or {}), "location": storage.get("Location", "")}
    return {
        "Name": found["Name"],
        "TableType": found.get("TableType") or "EXTERNAL_TABLE",
        "Columns": storage.get("Columns") or [],
        "PartitionKeys": found.get("PartitionKeys") or [],
        "Parameters": parameters,
    }
