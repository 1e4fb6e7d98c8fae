"""What a lab declares of SQL: applications over streams, and tables over objects, shaped as CloudFormation has them.

A lab's wiring imports all of this from here, beside labs.declare.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Value


@dataclass(frozen=True)
class Application(Resource):
    """AWS::KinesisAnalyticsV2::Application whose code is SQL text; it runs as soon as it is there. Ref: its name.

    TextContent: of its CodeContent, in ApplicationCodeConfiguration, of type PLAINTEXT. On AWS the same text is run by
    a Studio notebook: the export declares one, and the text is pasted into it.
    """

    ApplicationName: str
    TextContent: str
    ServiceExecutionRole: Value
    RuntimeEnvironment: str = "FLINK-1_20"
    ApplicationDescription: str = ""


@dataclass(frozen=True)
class Database(Resource):
    """AWS::Glue::Database. Ref: its name. Name: of its DatabaseInput, in lower case."""

    Name: str


@dataclass(frozen=True)
class DataTable(Resource):
    """AWS::Glue::Table over JSON lines in S3. Ref: its name, in lower case.

    Columns, PartitionKeys: name -> type in Hive's words, in lower case; Location: "s3://bucket/prefix/"; Parameters:
    those of the TableInput, partition projection for example.
    """

    Name: str
    DatabaseName: Value
    Columns: Mapping[str, str]
    Location: Value
    PartitionKeys: Mapping[str, str] = field(default_factory=dict)
    Parameters: Mapping[str, str] = field(default_factory=dict)

    def table_input(self) -> dict[str, Any]:
        """The TableInput, as Glue's API and CloudFormation have it."""
        json = "org.openx.data.jsonserde.JsonSerDe"
        return {
            "Name": self.Name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "classification": "json", **self.Parameters},
            "PartitionKeys": [{"Name": name, "Type": kind} for name, kind in self.PartitionKeys.items()],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in self.Columns.items()],
                "Location": self.Location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": json, "Parameters": {"case.insensitive": "true"}},
            },
        }
