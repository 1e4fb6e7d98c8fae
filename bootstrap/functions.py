"""Lambda: functions, which run from their folder so that an edit counts at once, and event source mappings.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes, Place
from cloud.clients import client
from cloud.errors import Unavailable
from cloud.wait import until
from labs.declare import EventSourceMapping, Function

_PATIENCE = 60.0  # seconds
_OFTEN = 0.05  # seconds between two looks
_MISSING = "ResourceNotFoundException"
_HOT = "hot-reload"  # LocalStack's and the worker's name of the bucket that stands for folders of this machine


class Functions:
    """AWS::Serverless::Function. root: the folder below which CodeUri is."""

    service = "lambda"

    def __init__(self, root: Path, place: Place) -> None:
        self.root = root
        self.place = place

    def find(self, function: Function) -> Found | None:
        actual = unless_missing(
            client("lambda").get_function_configuration, _MISSING, FunctionName=function.FunctionName
        )
        if actual is None:
            return None
        actual = {**actual, "Environment": {"Variables": actual.get("Environment", {}).get("Variables", {})}}
        return Found(_attributes(actual), differences(self._configuration(function), actual))

    def put(self, function: Function, found: Found | None) -> Attributes:
        configuration = self._configuration(function)
        code = {"S3Bucket": _HOT, "S3Key": self._folder(function)}
        if found is None:
            client("lambda").create_function(FunctionName=function.FunctionName, Code=code, **configuration)
        else:
            client("lambda").update_function_code(FunctionName=function.FunctionName, **code)
            _ready(function)
            client("lambda").update_function_configuration(FunctionName=function.FunctionName, **configuration)
        return _attributes(_ready(function))

    def delete(self, function: Function, _found: Found) -> None:
        unless_missing(client("lambda").delete_function, _MISSING, FunctionName=function.FunctionName)

    def _folder(self, function: Function) -> str:
        return str(self.root / function.CodeUri)

    def _configuration(self, function: Function) -> dict[str, Any]:
        return {
            "Runtime": function.Runtime,
            "Role": f"arn:aws:iam::{self.place.account}:role/{function.FunctionName}",
            "Handler": function.Handler,
            "MemorySize": function.MemorySize,
            "Timeout": function.Timeout,
            "Environment": {"Variables": dict(function.Environment)},
            # Lambda does not say where code came from; this does, so that a moved repository is noticed.
            "Description": f"runs from {self._folder(function)}",
        }


class EventSourceMappings:
    """AWS::Lambda::EventSourceMapping."""

    service = "lambda"

    def find(self, mapping: EventSourceMapping) -> Found | None:
        actual = _mapping(mapping)
        if actual is None:
            return None
        return Found({"Ref": actual["UUID"]}, differences(_declared(mapping), actual))

    def put(self, mapping: EventSourceMapping, found: Found | None) -> Attributes:
        if found is None:
            answer = client("lambda").create_event_source_mapping(
                EventSourceArn=mapping.EventSourceArn,
                FunctionName=mapping.FunctionName,
                **({"StartingPosition": mapping.StartingPosition} if mapping.StartingPosition else {}),
                **_declared(mapping),
            )
            return {"Ref": answer["UUID"]}
        client("lambda").update_event_source_mapping(UUID=found.attributes["Ref"], **_declared(mapping))
        return found.attributes

    def delete(self, mapping: EventSourceMapping, found: Found) -> None:
        unless_missing(client("lambda").delete_event_source_mapping, _MISSING, UUID=found.attributes["Ref"])
        until(lambda: _mapping(mapping) is None, _PATIENCE, what="the mapping to be gone", interval=_OFTEN)


def _attributes(configuration: dict[str, Any]) -> Attributes:
    return {"Ref": configuration["FunctionName"], "Arn": configuration["FunctionArn"]}


def _ready(function: Function) -> dict[str, Any]:
    def configuration() -> dict[str, Any]:
        answer: dict[str, Any] = client("lambda").get_function_configuration(FunctionName=function.FunctionName)
        if answer.get("State") == "Pending" or answer.get("LastUpdateStatus") == "InProgress":
            raise Unavailable("it is being changed")
        return answer

    return until(configuration, _PATIENCE, what=f"function {function.FunctionName} to be ready", interval=_OFTEN)


def _mapping(mapping: EventSourceMapping) -> dict[str, Any] | None:
    pages = (
        client("lambda")
        .get_paginator("list_event_source_mappings")
        .paginate(FunctionName=mapping.FunctionName, EventSourceArn=mapping.EventSourceArn)
    )
    return next((one for page in pages for one in page["EventSourceMappings"] if one.get("State") != "Deleting"), None)


def _declared(mapping: EventSourceMapping) -> dict[str, Any]:
    """What is declared of all that a mapping may change later."""
    declared = {
        "BatchSize": mapping.BatchSize,
        "MaximumBatchingWindowInSeconds": mapping.MaximumBatchingWindowInSeconds,
        "ParallelizationFactor": mapping.ParallelizationFactor,
        "MaximumRetryAttempts": mapping.MaximumRetryAttempts,
        "MaximumRecordAgeInSeconds": mapping.MaximumRecordAgeInSeconds,
        "BisectBatchOnFunctionError": mapping.BisectBatchOnFunctionError,
        "TumblingWindowInSeconds": mapping.TumblingWindowInSeconds,
        "FunctionResponseTypes": list(mapping.FunctionResponseTypes) or None,
        "DestinationConfig": _lists(mapping.DestinationConfig) or None,
        "FilterCriteria": _lists(mapping.FilterCriteria) or None,
    }
    return {name: value for name, value in declared.items() if value is not None}


def _lists(value: Any) -> Any:
    """The same with lists, as Lambda answers, where resolving made tuples."""
    if isinstance(value, Mapping):
        return {name: _lists(part) for name, part in value.items()}
    return [_lists(part) for part in value] if isinstance(value, list | tuple) else value
