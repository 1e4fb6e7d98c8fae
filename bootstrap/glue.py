"""Glue: databases and tables. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Glue.html"""

from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.analytics import Database, DataTable

_MISSING = "EntityNotFoundException"


class Databases:
    """AWS::Glue::Database."""

    service = "glue"

    def find(self, database: Database) -> Found | None:
        answer = unless_missing(client("glue").get_database, _MISSING, Name=database.Name)
        return Found({"Ref": database.Name}) if answer else None

    def put(self, database: Database, found: Found | None) -> Attributes:
        if found is None:
            client("glue").create_database(DatabaseInput={"Name": database.Name})
        return {"Ref": database.Name}

    def delete(self, database: Database, _found: Found) -> None:
        client("glue").delete_database(Name=database.Name)


class DataTables:
    """AWS::Glue::Table."""

    service = "glue"

    def find(self, table: DataTable) -> Found | None:
        answer = unless_missing(client("glue").get_table, _MISSING, DatabaseName=table.DatabaseName, Name=table.Name)
        if answer is None:
            return None
        return Found({"Ref": table.Name}, differences(table.table_input(), _actual(answer["Table"])))

    def put(self, table: DataTable, found: Found | None) -> Attributes:
        call = client("glue").update_table if found else client("glue").create_table
        call(DatabaseName=table.DatabaseName, TableInput=table.table_input())
        return {"Ref": table.Name}

    def delete(self, table: DataTable, _found: Found) -> None:
        client("glue").delete_table(DatabaseName=table.DatabaseName, Name=table.Name)


def _actual(found: dict[str, Any]) -> dict[str, Any]:
    """What is declared of a table, as it is; Glue adds more to a storage descriptor."""
    storage = found.get("StorageDescriptor") or {}
    names = ("Columns", "Location", "InputFormat", "OutputFormat", "SerdeInfo")
    return {**found, "StorageDescriptor": {name: storage.get(name) for name in names}}
