"""DynamoDB: tables. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html"""

from collections.abc import Mapping
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from cloud.errors import ConfigError, Unavailable
from cloud.wait import until
from labs.declare import Table

_PATIENCE = 60.0  # seconds
_OFTEN = 0.05  # seconds between two looks


class Tables:
    """AWS::DynamoDB::Table, billed on demand."""

    service = "dynamodb"

    def find(self, table: Table) -> Found | None:
        answer = unless_missing(
            client("dynamodb").describe_table, "ResourceNotFoundException", TableName=table.TableName
        )
        if answer is None:
            return None
        description = answer["Table"]
        return Found(_attributes(description), differences(_declared(table), _actual(table, description)))

    def put(self, table: Table, found: Found | None) -> Attributes:
        if found is None:
            client("dynamodb").create_table(**_request(table))
        description = _active(table)
        actual = _actual(table, description)
        if actual["KeySchema"] != table.KeySchema:
            raise ConfigError(
                f"table {table.TableName} exists with other keys, and keys cannot change: destroy it first"
            )
        if actual["StreamSpecification"] != table.StreamSpecification:
            client("dynamodb").update_table(TableName=table.TableName, StreamSpecification=_stream(table))
            description = _active(table)
        if actual["TimeToLiveSpecification"] != table.TimeToLiveSpecification:
            client("dynamodb").update_time_to_live(
                TableName=table.TableName, TimeToLiveSpecification=table.TimeToLiveSpecification
            )
        return _attributes(description)

    def delete(self, table: Table, _found: Found) -> None:
        client("dynamodb").delete_table(TableName=table.TableName)
        until(lambda: self.find(table) is None, _PATIENCE, what=f"table {table.TableName} to be gone", interval=_OFTEN)


def _attributes(description: Mapping[str, Any]) -> Attributes:
    attributes = {"Ref": description["TableName"], "Arn": description["TableArn"]}
    if stream := description.get("LatestStreamArn"):
        attributes["StreamArn"] = stream
    return attributes


def _declared(table: Table) -> dict[str, Any]:
    return {
        "KeySchema": table.KeySchema,
        "StreamSpecification": table.StreamSpecification,
        "TimeToLiveSpecification": table.TimeToLiveSpecification,
    }


def _actual(table: Table, description: Mapping[str, Any]) -> dict[str, Any]:
    stream = description.get("StreamSpecification") or {}
    enabled = stream.get("StreamEnabled")
    return {
        "KeySchema": {key["AttributeName"]: key["KeyType"] for key in description["KeySchema"]},
        "StreamSpecification": {"StreamViewType": stream["StreamViewType"]} if enabled else {},
        "TimeToLiveSpecification": _time_to_live(table),
    }


def _time_to_live(table: Table) -> dict[str, Any]:
    if not table.TimeToLiveSpecification:
        return {}  # one call less for the tables that do not use it
    answer = client("dynamodb").describe_time_to_live(TableName=table.TableName)["TimeToLiveDescription"]
    enabled = answer["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    return {"AttributeName": answer["AttributeName"], "Enabled": True} if enabled else {}


def _request(table: Table) -> dict[str, Any]:
    request = {
        "TableName": table.TableName,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in table.AttributeDefinitions.items()
        ],
        "KeySchema": _keys(table.KeySchema),
        "LocalSecondaryIndexes": [_index(index) for index in table.LocalSecondaryIndexes],
        "GlobalSecondaryIndexes": [_index(index) for index in table.GlobalSecondaryIndexes],
        "StreamSpecification": _stream(table) if table.StreamSpecification else None,
    }
    return {name: value for name, value in request.items() if value}


def _keys(schema: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in schema.items()]


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    return {**index, "KeySchema": _keys(index["KeySchema"])}


def _stream(table: Table) -> dict[str, Any]:
    return {"StreamEnabled": bool(table.StreamSpecification), **table.StreamSpecification}


def _active(table: Table) -> dict[str, Any]:
    """The table's description once it can be used, its stream too: what is written before that is not in the stream."""

    def description() -> dict[str, Any]:
        answer: dict[str, Any] = client("dynamodb").describe_table(TableName=table.TableName)["Table"]
        if answer["TableStatus"] != "ACTIVE":
            raise Unavailable(f"it is {answer['TableStatus']}")
        if arn := answer.get("LatestStreamArn"):
            stream = client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]
            if stream["StreamStatus"] == "ENABLING":
                raise Unavailable("its stream is ENABLING")
        return answer

    return until(description, _PATIENCE, what=f"table {table.TableName} to be active", interval=_OFTEN)
