"""The catalogue: databases and tables as Glue keeps them.

https://docs.aws.amazon.com/glue/latest/webapi/API_Table.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import error_code

CATALOGUE = "AwsDataCatalog"


@dataclass(frozen=True)
class Table:
    """columns, partitions: name -> type in Hive's words, names in lower case; location: s3://bucket/prefix/."""

    database: str
    name: str
    columns: dict[str, str]
    partitions: dict[str, str]
    location: str
    parameters: dict[str, str]
    serde: dict[str, str]

    @property
    def bucket(self) -> str:
        return self.location.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """Of the table's keys: ends with "/", unless it is empty."""
        path = self.location.removeprefix("s3://").partition("/")[2].strip("/")
        return f"{path}/" if path else ""


class Catalogue:
    """Through a boto3 Glue client, whose errors it raises."""

    def __init__(self, glue: Any) -> None:
        self.glue = glue

    def databases(self) -> list[dict[str, Any]]:
        """As Glue describes them, by name."""
        pages = self.glue.get_paginator("get_databases").paginate()
        return sorted((one for page in pages for one in page["DatabaseList"]), key=lambda one: str(one["Name"]))

    def database(self, name: str) -> dict[str, Any] | None:
        """One of them; None when there is none."""
        return next((one for one in self.databases() if one["Name"] == name.lower()), None)

    def described(self, database: str) -> list[dict[str, Any]]:
        """A database's tables as Glue describes them, by name."""
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=database.lower())
        return sorted((one for page in pages for one in page["TableList"]), key=lambda one: str(one["Name"]))

    def describe(self, database: str, name: str) -> dict[str, Any] | None:
        """A table as Glue describes it; None when there is none."""
        try:
            answer = self.glue.get_table(DatabaseName=database.lower(), Name=name.lower())
        except ClientError as error:
            if error_code(error) == "EntityNotFoundException":
                return None
            raise
        found: dict[str, Any] = answer["Table"]
        return found

    def table(self, database: str, name: str) -> Table | None:
        """A table; None when there is none."""
        found = self.describe(database, name)
        return _table(database.lower(), found) if found else None


def _table(database: str, found: dict[str, Any]) -> Table:
    storage = found.get("StorageDescriptor") or {}
    return Table(
        database=database,
        name=found["Name"].lower(),
        columns=dict(_columns(storage.get("Columns"))),
        partitions=dict(_columns(found.get("PartitionKeys"))),
        location=storage.get("Location", ""),
        parameters=found.get("Parameters") or {},
        serde=(storage.get("SerdeInfo") or {}).get("Parameters") or {},
    )


def _columns(described: list[dict[str, Any]] | None) -> Iterator[tuple[str, str]]:
    for one in described or ():
        yield one["Name"].lower(), one.get("Type", "string")
