"""SHOW and DESCRIBE: what the catalogue holds, as a result. Pure but for the catalogue's answers.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

import fnmatch
import re

from services.query.catalogue import Catalogue, Table
from services.query.failure import QueryFailed
from services.query.result import Column, Result

_NAME = r"`?(?:(?P<db>\w+)`?\.`?)?(?P<name>\w+)`?"
_FORMS = {
    "databases": re.compile(r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?", re.IGNORECASE),
    "tables": re.compile(r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+`?(?P<db>\w+)`?)?(?:\s+'(?P<like>[^']*)')?", re.IGNORECASE),
    "columns": re.compile(rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}", re.IGNORECASE),
    "describe": re.compile(rf"DESC(?:RIBE)?\s+(?:FORMATTED\s+|EXTENDED\s+)?{_NAME}", re.IGNORECASE),
}


def look(text: str, database: str, catalogue: Catalogue) -> Result | None:
    """The answer to SHOW or DESCRIBE; None when the text is neither. Raises QueryFailed."""
    asked = text.strip().rstrip(";").strip()
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(asked):
            given = found.groupdict()
            return _answer(form, (given.get("db") or database).lower(), given, catalogue)
    return None


def _answer(form: str, database: str, given: dict[str, str | None], catalogue: Catalogue) -> Result:
    if form == "databases":
        return _listed("database_name", [one["Name"] for one in catalogue.databases()], given["like"])
    if catalogue.database(database) is None:
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", 1, 1)
    if form == "tables":
        return _listed("tab_name", [one["Name"] for one in catalogue.described(database)], given["like"])
    table = catalogue.table(database, str(given["name"]))
    if table is None:
        missing = f"awsdatacatalog.{database}.{given['name']}"
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{missing}' does not exist", 1, 1)
    if form == "columns":
        return _listed("field", [*table.columns, *table.partitions], None)
    return _description(table)


def _description(table: Table) -> Result:
    columns = [Column("col_name", "string"), Column("data_type", "string"), Column("comment", "string")]
    rows = [[name, kind, ""] for name, kind in {**table.columns, **table.partitions}.items()]
    if table.partitions:
        rows += [["", "", ""], ["# Partition Information", "", ""], ["# col_name", "data_type", "comment"]]
        rows += [[name, kind, ""] for name, kind in table.partitions.items()]
    return Result(columns, rows, header=False)


def _listed(name: str, values: list[str], like: str | None) -> Result:
    kept = [value for value in values if fnmatch.fnmatch(value, like or "*")]
    return Result([Column(name, "string")], [[value] for value in kept], header=False)
